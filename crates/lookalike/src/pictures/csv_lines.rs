//! CSV files in memory, whose fields need not be UTF-8: names of files are not.

/// A CSV file in the making.
pub(super) struct Lines {
    writer: csv::Writer<Vec<u8>>,
    record: csv::ByteRecord,
}

impl Lines {
    pub(super) fn new(header: &[&str]) -> Self {
        let mut lines = Self {
            writer: csv::Writer::from_writer(Vec::new()),
            record: csv::ByteRecord::new(),
        };
        for name in header {
            lines.field(name);
        }
        lines.end();
        lines
    }

    pub(super) fn field(&mut self, field: impl AsRef<[u8]>) {
        self.record.push_field(field.as_ref());
    }

    /// Ends a line, which must have the fields of the header.
    pub(super) fn end(&mut self) {
        // Writing to memory cannot fail.
        let _ = self.writer.write_byte_record(&self.record);
        self.record.clear();
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.writer.into_inner().unwrap_or_default()
    }
}

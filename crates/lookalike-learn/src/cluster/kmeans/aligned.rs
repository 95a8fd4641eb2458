//! Rows where vectors like them: no load of one crosses two cache lines, and none is cut short.

/// Bytes of a cache line.
pub(super) const LINE: usize = 64;

/// Rows that begin at a cache line and are filled up with zeros to whole vectors.
#[derive(Default)]
pub(super) struct AlignedRows<T = f32> {
    values: Vec<T>,
    /// Where the first row begins.
    start: usize,
    stride: usize,
}

impl<T: Copy + Default> AlignedRows<T> {
    const IN_LINE: usize = LINE / size_of::<T>();

    /// `n` rows of `columns` zeros.
    pub(super) fn zeros(n: usize, columns: usize) -> Self {
        let stride = columns.next_multiple_of(Self::IN_LINE);
        let values = vec![T::default(); n * stride + Self::IN_LINE];
        let start = values.as_ptr().align_offset(LINE);
        Self {
            values,
            start,
            stride,
        }
    }

    /// Copies of `rows`, each of `columns`.
    pub(super) fn copied<'a>(rows: impl ExactSizeIterator<Item = &'a [T]>, columns: usize) -> Self
    where
        T: 'a,
    {
        let mut copies = Self::zeros(rows.len(), columns);
        for (i, row) in rows.enumerate() {
            copies.row_mut(i)[..columns].copy_from_slice(row);
        }
        copies
    }

    /// Makes room for `n` rows of `columns`, whatever they hold.
    pub(super) fn shape(&mut self, n: usize, columns: usize) {
        let stride = columns.next_multiple_of(Self::IN_LINE);
        if self.stride != stride || self.values.len() < n * stride {
            *self = Self::zeros(n, columns);
        }
    }

    /// Columns of a row with those that fill it up.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    pub(super) fn row(&self, i: usize) -> &[T] {
        &self.values[self.start + i * self.stride..][..self.stride]
    }

    pub(super) fn row_mut(&mut self, i: usize) -> &mut [T] {
        &mut self.values[self.start + i * self.stride..][..self.stride]
    }

    /// All rows, one after another, and what follows the last.
    pub(super) fn values_mut(&mut self) -> &mut [T] {
        &mut self.values[self.start..]
    }
}

use super::*;
use crate::ErrorKind;
use crate::raster::Band;

/// A raster in memory.
#[derive(Debug, Clone)]
struct Memory {
    info: RasterInfo,
    samples: Samples,
    valid: Vec<u8>,
}

fn memory(name: &str, size: (usize, usize), samples: Samples) -> Memory {
    let (width, height) = size;
    Memory {
        info: RasterInfo {
            name: name.into(),
            width,
            height,
            sample_type: samples.sample_type(),
            bands: vec![Band::default()],
            georeference: None,
            block: (width, 1),
            palette: None,
        },
        samples,
        valid: vec![1; width * height],
    }
}

impl Memory {
    /// Lets it cover an extent of 120 by 60 metres, in a reference system.
    fn placed(mut self, left: f64, epsg: u32) -> Self {
        let pixel = (
            120.0 / self.info.width as f64,
            60.0 / self.info.height as f64,
        );
        let transform = [left, pixel.0, 0.0, 1000.0, 0.0, -pixel.1];
        self.info.georeference = Some(Georeference::from_transform(transform, Some(epsg)));
        self
    }

    fn boxed(self) -> (Box<dyn RasterSource>, Vec<usize>) {
        let bands = (0..self.info.bands.len()).collect();
        (Box::new(self), bands)
    }
}

impl RasterSource for Memory {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        self.info.assert_has(window, bands);
        with_sample_type!(self.info.sample_type, T => {
            let (samples, valid) = block.prepare::<T>(bands.len(), window.n_pixels());
            let n_pixels = self.info.width * self.info.height;
            for (k, &band) in bands.iter().enumerate() {
                for i in 0..window.n_pixels() {
                    let (x, y) = (window.x + i % window.width, window.y + i / window.width);
                    let at = y * self.info.width + x;
                    samples[k * window.n_pixels() + i] = T::slice(&self.samples)[band * n_pixels + at];
                    valid[i] = self.valid[at];
                }
            }
        });
        Ok(())
    }
}

fn read(stack: &Stack, window: Window, bands: &[usize]) -> Block {
    let mut block = Block::default();
    stack.read(window, bands, &mut block).unwrap();
    block
}

fn everything(stack: &Stack) -> Window {
    Window {
        x: 0,
        y: 0,
        width: stack.info.width,
        height: stack.info.height,
    }
}

#[test]
fn bands_come_in_the_order_asked_and_widened() {
    let a = memory("a", (2, 1), Samples::U8(vec![200, 7]));
    let mut b = memory("b", (2, 1), Samples::I16(vec![-5, 6, 300, -300]));
    b.info.bands = ["x", "y"]
        .map(|name| Band {
            name: name.into(),
            nodata: Some(6.0),
        })
        .into();
    let stack = Stack::new(
        vec![a.boxed(), (Box::new(b), vec![1, 0])],
        Resampling::Nearest,
    )
    .unwrap();
    assert_eq!(stack.info.sample_type, SampleType::I16);
    let names: Vec<_> = stack.info.bands.iter().map(|band| &band.name).collect();
    assert_eq!(names, ["", "y", "x"]);
    assert_eq!(stack.info.bands[1].nodata, Some(6.0));
    let block = read(&stack, everything(&stack), &[2, 0, 1]);
    assert_eq!(block.samples, Samples::I16(vec![-5, 6, 200, 7, 300, -300]));
}

#[test]
fn coarser_bands_come_to_the_finest_grid() {
    let fine = memory("fine", (4, 2), Samples::U8((0..8).collect())).placed(500.0, 32631);
    let coarse = memory("coarse", (2, 1), Samples::U16(vec![1000, 2000])).placed(500.0, 32631);
    let sources = || vec![coarse.clone().boxed(), fine.clone().boxed()];
    let stack = Stack::new(sources(), Resampling::Nearest).unwrap();
    assert_eq!((stack.info.width, stack.info.height), (4, 2));
    assert_eq!(stack.info.georeference, fine.info.georeference);
    let window = Window {
        x: 1,
        y: 1,
        width: 3,
        height: 1,
    };
    let block = read(&stack, window, &[0, 1]);
    assert_eq!(block.samples, Samples::U16(vec![1000, 2000, 2000, 5, 6, 7]));
    let stack = Stack::new(sources(), Resampling::Bilinear).unwrap();
    let block = read(&stack, window, &[0]);
    assert_eq!(block.samples, Samples::U16(vec![1250, 1750, 2000]));
}

#[test]
fn infinity_is_no_neighbour() {
    let fine = memory("fine", (4, 1), Samples::F32(vec![0.0; 4])).placed(0.0, 32631);
    let coarse = memory("coarse", (2, 1), Samples::F32(vec![1.0, f32::INFINITY]));
    let sources = vec![fine.boxed(), coarse.placed(0.0, 32631).boxed()];
    let stack = Stack::new(sources, Resampling::Bilinear).unwrap();
    let block = read(&stack, everything(&stack), &[1]);
    let Samples::F32(samples) = &block.samples else {
        panic!("{:?}", block.samples);
    };
    assert_eq!(samples[..2], [1.0, 1.0]);
}

#[test]
fn a_pixel_is_valid_where_it_is_in_all_bands_read() {
    let mut a = memory("a", (4, 1), Samples::U8(vec![1; 4])).placed(0.0, 32631);
    let mut b = memory("b", (2, 1), Samples::U8(vec![1; 2])).placed(0.0, 32631);
    a.valid = vec![0, 1, 1, 1];
    b.valid = vec![1, 0];
    for resampling in [Resampling::Nearest, Resampling::Bilinear] {
        let stack = Stack::new(vec![a.clone().boxed(), b.clone().boxed()], resampling).unwrap();
        assert_eq!(read(&stack, everything(&stack), &[0]).valid, [0, 1, 1, 1]);
        assert_eq!(read(&stack, everything(&stack), &[1]).valid, [1, 1, 0, 0]);
        assert_eq!(
            read(&stack, everything(&stack), &[1, 0]).valid,
            [0, 1, 0, 0]
        );
    }
}

fn refusal(a: Memory, b: Memory) -> String {
    let error = Stack::new(vec![a.boxed(), b.boxed()], Resampling::Nearest).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.to_string()
}

#[test]
fn other_grids_are_refused_with_both_named() {
    let of =
        |name, width, height| memory(name, (width, height), Samples::U8(vec![0; width * height]));
    assert_eq!(
        refusal(of("a.tif", 4, 2), of("b.tif", 2, 1)),
        "cannot read b.tif: its grid must be that of a.tif, 4×2 pixels without georeference, \
         or a coarser one of the same extent; it is 2×1 pixels without georeference"
    );
    let a = of("a.tif", 4, 2).placed(500.0, 32631);
    assert_eq!(
        refusal(a.clone(), of("b.tif", 2, 1).placed(501.0, 32631)),
        "cannot read b.tif: its grid must be that of a.tif, 4×2 pixels from (500, 1000) to \
         (620, 940) in EPSG:32631, or a coarser one of the same extent; it is 2×1 pixels from \
         (501, 1000) to (621, 940) in EPSG:32631"
    );
    assert!(refusal(a.clone(), of("b.tif", 4, 2).placed(500.0, 32632)).contains("EPSG:32632"));
    // Of the ellipsoidal Mercator projection nothing is known but its code.
    let mercator = of("b.tif", 4, 2).placed(500.0, 3395);
    assert!(refusal(a.clone(), mercator).contains("EPSG:3395"));
    assert!(refusal(a.clone(), of("b.tif", 2, 3).placed(500.0, 32631)).contains("it is 2×3"));
    // A rounded transform is still the same place, and one without transform has the same size.
    let rounded = of("b.tif", 2, 1).placed(500.2, 32631);
    assert!(
        Stack::new(
            vec![a.clone().boxed(), rounded.boxed()],
            Resampling::Nearest
        )
        .is_ok()
    );
    assert!(Stack::new(vec![of("b", 4, 2).boxed(), a.boxed()], Resampling::Nearest).is_ok());
}

#[test]
fn the_common_type_holds_all_samples_of_both() {
    use SampleType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    let all = [U8, I8, U16, I16, U32, I32, U64, I64, F32, F64];
    for a in all {
        for b in all {
            assert_eq!(common_type(a, b), common_type(b, a));
        }
        assert_eq!(common_type(a, a), Some(a));
    }
    for (a, b, expected) in [
        (U8, I8, Some(I16)),
        (U8, U32, Some(U32)),
        (U16, I16, Some(I32)),
        (U32, I8, Some(I64)),
        (U64, I8, None),
        (U16, F32, Some(F32)),
        (I32, F32, Some(F64)),
        (U64, F64, None),
        (F32, F64, Some(F64)),
    ] {
        assert_eq!(common_type(a, b), expected, "{a:?} and {b:?}");
    }
    let (a, b) = (
        memory("a", (1, 1), Samples::U64(vec![0])),
        memory("b", (1, 1), Samples::F64(vec![0.0])),
    );
    let error = Stack::new(vec![a.boxed(), b.boxed()], Resampling::Nearest).unwrap_err();
    let expected =
        "cannot read b: no type of samples holds both its F64 and the U64 of the bands before";
    assert_eq!(error.to_string(), expected);
}

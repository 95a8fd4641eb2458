//! Convolutions one after another, picture by picture.

use std::mem;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::layout::{at_least, channels_first, channels_last, pitch};
use super::{Convolution, Kernel, Maps};

/// Pictures a group.
const GROUP: usize = 4;

/// Places of a map up to which the maps of a group are convolved together: weights are then read once for
/// all, and what is between still stays in the cache.
const SMALL: usize = 256;

/// Convolutions each of which takes what is put in or what one before it makes.
#[derive(Debug)]
pub(in super::super) struct Chain {
    n_in: usize,
    links: Vec<Link>,
    /// Buffers that no thread uses: to have new ones in every run costs more than a convolution.
    spare: Mutex<Vec<Buffers>>,
}

/// Value 0 is what is put in; the link at `i` makes value `i + 1`.
#[derive(Debug)]
struct Link {
    kernel: Box<dyn Kernel>,
    takes: usize,
    adds: Option<usize>,
}

/// A value, for pictures of one shape.
#[derive(Debug, Clone, Copy)]
struct Value {
    n_channels: usize,
    side: [usize; 2],
    /// The last link that takes it; beyond all links for what is put out.
    until: usize,
    /// Which buffer holds it.
    slot: usize,
}

impl Value {
    fn n_places(&self) -> usize {
        self.side[0] * self.side[1]
    }

    /// Numbers a picture.
    fn length(&self) -> usize {
        self.n_places() * pitch(self.n_channels)
    }
}

/// What a thread works in.
#[derive(Debug, Default)]
struct Buffers {
    single: Slots,
    group: Slots,
    scratch: Vec<f32>,
}

/// Buffers of values, for one picture or for a group.
#[derive(Debug, Default)]
struct Slots(Vec<Vec<f32>>);

/// A tensor and its shape: pictures × channels × rows × columns.
type Tensor = (Vec<f32>, [usize; 4]);

impl Chain {
    /// A chain without links, for maps of `n_in` channels.
    pub(in super::super) fn new(n_in: usize) -> Self {
        Self {
            n_in,
            links: Vec::new(),
            spare: Mutex::default(),
        }
    }

    /// Adds a link that takes a value, and adds another one, of the shape of the result, to what it makes.
    /// None if such a convolution is not done here, or the values have other channels.
    pub(in super::super) fn append(
        &mut self,
        convolution: &Convolution,
        takes: usize,
        adds: Option<usize>,
    ) -> Option<()> {
        let shape = &convolution.shape;
        let fits = self.n_channels(takes)? == shape.n_in
            && adds.is_none_or(|adds| self.n_channels(adds) == Some(shape.n_out));
        self.links.push(Link {
            kernel: convolution.kernel().filter(|_| fits)?,
            takes,
            adds,
        });
        Some(())
    }

    fn n_channels(&self, value: usize) -> Option<usize> {
        match value.checked_sub(1) {
            None => Some(self.n_in),
            Some(link) => Some(self.links.get(link)?.kernel.shape().n_out),
        }
    }

    /// The values `wanted` for pictures of `shape` (pictures × channels × rows × columns). Works on the
    /// threads of the current rayon pool.
    ///
    /// # Errors
    /// When the input has other channels, or is smaller than a kernel.
    pub(in super::super) fn run(
        &self,
        input: &[f32],
        shape: [usize; 4],
        wanted: &[usize],
    ) -> Result<Vec<Tensor>, String> {
        let [n, n_in, rows, columns] = shape;
        let values = self.values([rows, columns], wanted);
        let values = values.filter(|_| n_in == self.n_in).ok_or_else(|| {
            let wanted = self.n_in;
            format!(
                "a convolution of {wanted} channels cannot take {n_in} maps of {rows}×{columns}"
            )
        })?;
        let made = |value: usize| {
            let Value {
                n_channels, side, ..
            } = values[value];
            let shape = [n, n_channels, side[0], side[1]];
            (vec![0.0; shape.iter().product()], shape)
        };
        let mut tensors: Vec<Tensor> = wanted.iter().map(|value| made(*value)).collect();
        let group = n.div_ceil(rayon::current_num_threads()).clamp(1, GROUP);
        let mut groups: Vec<_> = input
            .chunks(group * n_in * rows * columns)
            .map(|input| (input, Vec::new()))
            .collect();
        for (tensor, shape) in &mut tensors {
            let parts = tensor.chunks_mut(group * shape[1] * shape[2] * shape[3]);
            for ((_, outputs), part) in groups.iter_mut().zip(parts) {
                outputs.push(part);
            }
        }
        groups.into_par_iter().for_each(|(input, outputs)| {
            let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
            let mut buffers = spare().pop().unwrap_or_default();
            self.group(input, &values, &mut buffers);
            for (value, output) in wanted.iter().map(|value| &values[*value]).zip(outputs) {
                let pictures = output.chunks_exact_mut(value.n_places() * value.n_channels);
                let n = pictures.len();
                let places = buffers.group.of_mut(value, n).chunks_exact(value.length());
                for (picture, places) in pictures.zip(places) {
                    channels_first(places, value.n_channels, picture);
                }
            }
            spare().push(buffers);
        });
        Ok(tensors)
    }

    /// All values for an input of so many rows and columns; none where a kernel is larger than its maps.
    fn values(&self, side: [usize; 2], wanted: &[usize]) -> Option<Vec<Value>> {
        let mut values = vec![Value {
            n_channels: self.n_in,
            side,
            until: 0,
            slot: 0,
        }];
        for (i, link) in self.links.iter().enumerate() {
            let shape = link.kernel.shape();
            let [rows, columns] = values[link.takes].side;
            values.push(Value {
                n_channels: shape.n_out,
                side: shape.output(rows, columns)?,
                until: i,
                slot: 0,
            });
            for taken in [Some(link.takes), link.adds].into_iter().flatten() {
                values[taken].until = i;
            }
        }
        for value in wanted {
            values[*value].until = self.links.len();
        }
        let mut free = Vec::new();
        let mut n_slots = 1;
        for i in 0..self.links.len() {
            values[i + 1].slot = free.pop().unwrap_or_else(|| {
                n_slots += 1;
                n_slots - 1
            });
            let ended = values[..i + 2].iter().filter(|value| value.until == i);
            free.extend(ended.map(|value| value.slot));
        }
        Some(values)
    }

    /// Large maps picture by picture, and the small ones at the end for all.
    fn group(&self, input: &[f32], values: &[Value], buffers: &mut Buffers) {
        let Buffers {
            single,
            group,
            scratch,
        } = buffers;
        let length = self.n_in * values[0].n_places();
        let n = input.len() / length;
        let is_small = |value: &&Value| value.n_places() <= SMALL;
        let n_small = values.iter().rev().take_while(is_small).count();
        // The link that makes the first small maps still takes large ones.
        let cut = self.links.len().min(values.len() - n_small);
        for (i, picture) in input.chunks_exact(length).enumerate() {
            channels_last(picture, self.n_in, single.of_mut(&values[0], 1));
            for link in 0..cut {
                self.link(link, values, 1, single, scratch);
            }
            for value in values[..=cut].iter().filter(|value| value.until >= cut) {
                let length = value.length();
                group.of_mut(value, n)[i * length..(i + 1) * length]
                    .copy_from_slice(single.of(value, 1));
            }
        }
        for link in cut..self.links.len() {
            self.link(link, values, n, group, scratch);
        }
    }

    fn link(
        &self,
        link: usize,
        values: &[Value],
        n: usize,
        slots: &mut Slots,
        scratch: &mut Vec<f32>,
    ) {
        let Link {
            kernel,
            takes,
            adds,
        } = &self.links[link];
        let made = &values[link + 1];
        let mut output = slots.take(made);
        let [rows, columns] = values[*takes].side;
        let maps = Maps {
            input: slots.of(&values[*takes], n),
            rows,
            columns,
            addend: adds.map(|adds| slots.of(&values[adds], n)),
        };
        kernel.run(&maps, scratch, at_least(&mut output, n * made.length()));
        slots.0[made.slot] = output;
    }
}

impl Slots {
    /// The numbers of a value for `n` pictures, which were put in.
    fn of(&self, value: &Value, n: usize) -> &[f32] {
        &self.0[value.slot][..n * value.length()]
    }

    fn of_mut(&mut self, value: &Value, n: usize) -> &mut [f32] {
        let mut slot = self.take(value);
        at_least(&mut slot, n * value.length());
        self.0[value.slot] = slot;
        &mut self.0[value.slot][..n * value.length()]
    }

    /// Takes the buffer of a value out.
    fn take(&mut self, value: &Value) -> Vec<f32> {
        if self.0.len() <= value.slot {
            self.0.resize_with(value.slot + 1, Vec::new);
        }
        mem::take(&mut self.0[value.slot])
    }
}

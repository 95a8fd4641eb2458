//! Convolutions one after another, picture by picture.

use std::mem;

use rayon::prelude::*;

use super::layout::{channels_first, channels_last, pitch};
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

/// Buffers of a thread, for one picture and for a group.
type Buffers = [Vec<Vec<f32>>; 2];

/// A tensor and its shape: pictures × channels × rows × columns.
type Tensor = (Vec<f32>, [usize; 4]);

impl Chain {
    /// A chain without links, for maps of `n_in` channels.
    pub(in super::super) fn new(n_in: usize) -> Self {
        Self {
            n_in,
            links: Vec::new(),
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
        groups
            .into_par_iter()
            .for_each_init(Buffers::default, |buffers, (input, outputs)| {
                self.group(input, &values, buffers);
                for (value, output) in wanted.iter().map(|value| &values[*value]).zip(outputs) {
                    let pictures = output.chunks_exact_mut(value.n_places() * value.n_channels);
                    let places = buffers[1][value.slot].chunks_exact(value.length());
                    for (picture, places) in pictures.zip(places) {
                        channels_first(places, value.n_channels, picture);
                    }
                }
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
    fn group(&self, input: &[f32], values: &[Value], [single, group]: &mut Buffers) {
        let length = self.n_in * values[0].n_places();
        let n = input.len() / length;
        let is_small = |value: &Value| value.n_places() <= SMALL;
        let n_small = values
            .iter()
            .rev()
            .take_while(|value| is_small(value))
            .count();
        // The first link of small maps takes what the last of large ones makes, so that is kept too.
        let cut = self.links.len().min(values.len() - n_small);
        for (i, picture) in input.chunks_exact(length).enumerate() {
            channels_last(picture, self.n_in, slot(single, &values[0], 1));
            for link in 0..cut {
                self.link(link, values, 1, single);
            }
            for value in values[..=cut].iter().filter(|value| value.until >= cut) {
                let length = value.length();
                slot(group, value, n)[i * length..(i + 1) * length]
                    .copy_from_slice(slot(single, value, 1));
            }
        }
        for link in cut..self.links.len() {
            self.link(link, values, n, group);
        }
    }

    fn link(&self, link: usize, values: &[Value], n: usize, slots: &mut Vec<Vec<f32>>) {
        let Link {
            kernel,
            takes,
            adds,
        } = &self.links[link];
        let made = &values[link + 1];
        let mut output = mem::take(slot_of(slots, made, n));
        let of = |value: &Value| &slots[value.slot][..n * value.length()];
        let [rows, columns] = values[*takes].side;
        let maps = Maps {
            input: of(&values[*takes]),
            rows,
            columns,
            addend: adds.map(|adds| of(&values[adds])),
        };
        kernel.run(&maps, &mut output[..n * made.length()]);
        slots[made.slot] = output;
    }
}

/// The buffer of a value, large enough for `n` pictures.
fn slot_of<'a>(slots: &'a mut Vec<Vec<f32>>, value: &Value, n: usize) -> &'a mut Vec<f32> {
    if slots.len() <= value.slot {
        slots.resize_with(value.slot + 1, Vec::new);
    }
    let slot = &mut slots[value.slot];
    if slot.len() < n * value.length() {
        slot.resize(n * value.length(), 0.0);
    }
    slot
}

/// The numbers of a value for `n` pictures.
fn slot<'a>(slots: &'a mut Vec<Vec<f32>>, value: &Value, n: usize) -> &'a mut [f32] {
    &mut slot_of(slots, value, n)[..n * value.length()]
}

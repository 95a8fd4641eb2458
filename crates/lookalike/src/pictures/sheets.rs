//! Contact sheets: the pictures of a cluster, typical first, borderline last.

use std::path::PathBuf;

use lookalike_figures::{ContactSheet, Figure, SheetCell};
use lookalike_imagery::collection::Item;
use lookalike_imagery::picture::encode_jpeg;
use rayon::prelude::*;

use super::groups::{Group, Groups};
use super::thumbnail::{SMALL, thumbnail};
use crate::Result;

/// Side of a thumbnail: two pixels for each of its cell.
const SIDE: usize = 256;
/// Pictures of a page.
const PAGE: usize = 96;
const COLUMNS: usize = 8;
const JPEG_QUALITY: u8 = 88;
/// Pixels of a sheet for each of the drawing; a sheet of small bitmaps, enlarged already, needs no more.
const SCALE: f32 = 1.5;
const SMALL_SCALE: f32 = 1.0;

/// Which pictures of a cluster are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sheets {
    /// The most typical and the most borderline ones.
    #[default]
    Best,
    /// All.
    All,
    /// None.
    None,
}

/// The file of a page: `sheets/cluster-03.jpg`, `sheets/cluster-03-2.jpg`, …
pub(super) fn file_name(cluster: i32, page: usize) -> PathBuf {
    let page = if page == 0 {
        String::new()
    } else {
        format!("-{}", page + 1)
    };
    format!("sheets/cluster-{cluster:02}{page}.jpg").into()
}

/// One sheet as a figure: the typical pictures of a cluster, then in frames the borderline ones, at
/// most `most` of each.
pub(super) fn best(group: &Group, items: &[Item], title: &str, most: usize) -> Result<Figure> {
    let rows = |rows: &[usize], marked: bool| -> Vec<(usize, bool)> {
        rows.iter().take(most).map(|&row| (row, marked)).collect()
    };
    let shown = [rows(&group.typical, false), rows(&group.borderline, true)].concat();
    page(&shown, items, title, &subtitle(group))
}

/// All pages of a cluster as JPEG files.
pub(super) fn files(
    group: &Group,
    groups: &Groups,
    items: &[Item],
    title: &str,
    sheets: Sheets,
) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let figures = match sheets {
        Sheets::None => Vec::new(),
        Sheets::Best => vec![best(group, items, title, usize::MAX)?],
        Sheets::All => {
            let rows = in_order(group, groups);
            let pages: Vec<_> = rows.chunks(PAGE).collect();
            let n_pages = pages.len();
            let draw = |(i, rows): (usize, &&[(usize, bool)])| {
                let title = format!("{title}, page {} of {n_pages}", i + 1);
                page(rows, items, &title, &subtitle(group))
            };
            pages
                .par_iter()
                .enumerate()
                .map(draw)
                .collect::<Result<_>>()?
        }
    };
    let Some(&first) = group.typical.first() else {
        return Ok(Vec::new());
    };
    let (width, height) = thumbnail(&items[first].path, SIDE)?.size();
    let is_small = width.max(height) <= SMALL;
    let scale = if is_small { SMALL_SCALE } else { SCALE };
    let named = figures.iter().enumerate();
    named
        .map(|(i, figure)| Ok((file_name(group.cluster, i), jpeg(figure, scale)?)))
        .collect()
}

/// Every row of a cluster, nearest to its mean first; the borderline ones are marked.
fn in_order(group: &Group, groups: &Groups) -> Vec<(usize, bool)> {
    let own = (0..groups.members.len()).filter(|&row| groups.members[row].cluster == group.cluster);
    let mut rows: Vec<(usize, bool)> = own
        .map(|row| (row, group.borderline.contains(&row)))
        .collect();
    let margin = |row: usize| groups.members[row].margin().unwrap_or(f64::NEG_INFINITY);
    rows.sort_by(|a, b| margin(b.0).total_cmp(&margin(a.0)));
    rows
}

fn subtitle(group: &Group) -> String {
    let pictures = if group.size == 1 {
        "picture"
    } else {
        "pictures"
    };
    let silhouette = group
        .silhouette
        .map(|s| format!(", silhouette {s:.2}"))
        .unwrap_or_default();
    format!("{} {pictures}{silhouette}", group.size)
}

fn page(rows: &[(usize, bool)], items: &[Item], title: &str, subtitle: &str) -> Result<Figure> {
    let load = |&(row, marked): &(usize, bool)| {
        let picture = thumbnail(&items[row].path, SIDE)?;
        Ok((picture, items[row].name.display().to_string(), marked))
    };
    let loaded: Vec<_> = rows.par_iter().map(load).collect::<Result<_>>()?;
    let cells: Vec<SheetCell<'_>> = loaded
        .iter()
        .map(|(picture, name, marked)| {
            let cell = SheetCell::new(picture, name);
            if *marked { cell.marked() } else { cell }
        })
        .collect();
    Ok(ContactSheet::new(&cells)
        .columns(COLUMNS)
        .title(title)
        .subtitle(subtitle)
        .mark("borderline: nearly as close to another cluster")
        .draw()?)
}

fn jpeg(figure: &Figure, scale: f32) -> Result<Vec<u8>> {
    let (width, height, rgba) = figure.pixels(scale)?;
    Ok(encode_jpeg(width, height, &rgba, JPEG_QUALITY, [255; 3])?)
}

"""Small TIFFs of every kind in golden/rasters, and what GDAL reads in them."""

import hashlib
import pathlib

import numpy as np

from compare_rasters import compare, tiffs

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "golden" / "rasters"

# One of each class; the comparison with rasterio has all.
NAMES = """
core_uint8_packbits_sp_3 core_int8_lzw_tp_1 core_uint16_deflate_sp_3 core_int16_zstd_tp_1
core_uint32_zstd_tb_3 core_int32_lzw_sp_1 core_uint64_deflate_sp_1 core_int64_zstd_sp_1
core_float32_zstd_sb_3 core_float64_none_sp_1
predictor2_uint8_deflate_sb predictor2_uint16_zstd_tp predictor2_int32_lzw_tp predictor2_float32_deflate_tb
predictor3_float32_deflate_sp predictor3_float64_zstd_sp predictor3_float32_lzw_tb
big_endian_uint16_deflate_2_tb big_endian_int32_none_1_sb big_endian_float32_zstd_3_tp
bigtiff_sp bigtiff_tb
sparse_uint16_7_tb sparse_float32_nan_tb sparse_int16_-9999_tb sparse_uint8_None_tb
nodata_int8_-128 nodata_float32_-9999.9 nodata_text_nan nodata_text_300
mask_uint8_3_deflate mask_uint16_1_lzw msk_int16
alpha_rgb_alpha_tp alpha_gray_alpha_sb alpha_nir_alpha_tp alpha_alpha_16_sb
rgb_and_more_uint16_5_deflate_tp rgb_and_more_uint8_4_none_tb
palette_nodata palette_4 miniswhite names
jpeg_gray_sp jpeg_rgb_tp webp_lossless webp_rgba
lerc_uint16_tp lerc_zstd_float32_sp lerc_deflate_int32_sp lerc_nan
bits_1_sb bits_4_sp bits_12_sp bits_15_tb
place_rotated place_world_file place_gcps shape_1_1_1_tp
deflate_longer_than_the_image deflate_old_code lzw_without_end bits_reversed predictor_without_codec
undefined_format strip_padded short_offsets one_strip_for_all bilevel big_endian_bilevel
tile_wider_than_image mask_of_bytes second_page
""".split()


def case(raster):
    path = FOLDER / f"{raster.name}.tif"
    raster.make(str(path))
    found = compare.reference(path)
    array, valid = found["array"], found["valid"]
    samples = array.astype(array.dtype.newbyteorder("<"))
    # Lossy compressions are decoded a little differently by every library.
    if raster.tolerance:
        content = {"samples": samples.ravel().tolist(), "tolerance": raster.tolerance}
    else:
        content = {"sha256": hashlib.sha256(samples.tobytes()).hexdigest()}
    return {
        "name": raster.name,
        "width": array.shape[2],
        "height": array.shape[1],
        "type": str(array.dtype),
        "band_names": found["names"],
        "nodata": [None if v is None else str(float(v)) for v in found["nodata"]],
        "block": found["block"],
        "palette": found["palette"],
        "transform": found["transform"],
        "epsg": found["epsg"],
        "valid": None if valid.all() else valid.astype(int).ravel().tolist(),
        **content,
    }


def cases():
    maker = tiffs.Maker(13, 19)
    for kind in tiffs.KINDS:
        if kind is not tiffs.overviews:
            kind(maker)
    found = {raster.name: raster for raster in maker.rasters}
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    return {"cases": [case(found[name]) for name in NAMES]}

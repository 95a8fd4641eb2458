"""Scenes, photos, folders of pictures."""

import numpy as np
import pytest

from lookalike import cluster_images, embed_images, metrics, quantize, segment


def write_picture(path, pixels):
    import matplotlib.image

    path.parent.mkdir(parents=True, exist_ok=True)
    matplotlib.image.imsave(path, pixels, cmap="gray", vmin=0, vmax=255)


@pytest.fixture
def folder(tmp_path):
    """Bright and dark bitmaps in folders of their own, and a file that is no picture."""
    random = np.random.default_rng(0)
    for name, level in [("bright", 200), ("dark", 40)]:
        for i in range(12):
            pixels = random.normal(level, 10, (16, 16)).clip(0, 255)
            write_picture(tmp_path / "pictures" / name / f"{i}.png", pixels)
    (tmp_path / "pictures" / "dark" / "broken.png").write_bytes(b"no picture")
    return tmp_path / "pictures"


def test_a_scene_is_segmented_in_memory(scene):
    pixels, truth = scene
    found = segment(pixels, 4, names=["sea", "field"], colors=["navy", "green", "gold", "red"])
    assert metrics.adjusted_rand_score(truth.ravel(), found.classes.ravel()) > 0.99
    assert found.classes.dtype == np.uint16 and found.classes.shape == truth.shape
    # From dark to bright.
    assert (np.diff(found.centers.mean(axis=1)) > 0).all()
    assert found.names[:2] == ["sea", "field"] and tuple(found.colors[0]) == (0, 0, 128)
    assert found.pixels.sum() == truth.size and found.n_invalid == 0 and found.areas is None
    assert tuple(found.to_rgb()[0, 0]) == (0, 0, 128, 255)
    page = found._repr_html_()
    assert "data:image/png;base64" in page and "sea" in page


def test_scenes_of_all_types_are_taken(scene):
    pixels, _ = scene
    expected = segment(pixels, 4).classes
    for kind in ["u2", "i2", "i4", "u4", "i8", "f2", "f4", "f8", ">u2"]:
        assert np.array_equal(segment(pixels.astype(kind), 4).classes, expected), kind
    assert np.array_equal(segment(np.asfortranarray(pixels), 4).classes, expected)
    assert segment(pixels[0], 2).classes.shape == pixels.shape[1:]


def test_pixels_without_data_are_left_out(scene):
    pixels, _ = scene
    for hole in [
        np.ma.masked_array(pixels, np.broadcast_to(np.arange(80) < 7, pixels.shape)),
        np.where(np.arange(80) < 7, np.nan, pixels),
    ]:
        found = segment(hole, 3)
        assert found.n_invalid == 7 * 60 and (found.classes[:, :7] == 0).all()
        assert (found.classes[:, 7:] > 0).all()
    holes = np.where(np.arange(80) < 7, 0, np.maximum(pixels, 1))
    assert segment(holes, 3, nodata=0).n_invalid == 7 * 60


def test_arrays_of_xarray_are_taken(scene):
    import xarray

    pixels, _ = scene
    expected = segment(pixels, 4).classes
    bands_last = xarray.DataArray(pixels.transpose(1, 2, 0), dims=("y", "x", "band"))
    assert np.array_equal(segment(bands_last, 4).classes, expected)
    marked = xarray.DataArray(pixels, dims=("band", "y", "x"), attrs={"_FillValue": int(pixels[0, 0, 0])})
    assert segment(marked, 4).n_invalid > 0


def test_files_and_models_of_scenes(scene, tmp_path):
    import rasterio

    pixels, _ = scene
    place = rasterio.transform.from_origin(500_000, 4_000_000, 10, 10)
    path = tmp_path / "scene.tif"
    options = {"crs": "EPSG:32630", "transform": place, "count": 3, "dtype": "uint8"}
    with rasterio.open(path, "w", driver="GTiff", height=60, width=80, **options) as out:
        out.write(pixels)
    found = segment(path, 4, output=tmp_path / "out", confidence=True)
    assert found.areas.sum() == pytest.approx(60 * 80 * 100, rel=0.01)
    assert found.confidence.shape == found.classes.shape and found.confidence.min() > 0
    with rasterio.open(tmp_path / "out" / "scene.tif") as written:
        assert np.array_equal(written.read(1), found.classes)
        assert written.transform == place
    assert (tmp_path / "out" / "report.html").exists()
    with pytest.raises(FileExistsError, match="out"):
        segment(path, 4, output=tmp_path / "out")
    found.save_model(tmp_path / "model.json")
    with rasterio.open(path) as source:
        again = segment(source, model=tmp_path / "model.json")
    assert np.array_equal(again.classes, found.classes)
    bands = segment(path, 4, bands=[3, 1])
    assert np.array_equal(bands.classes, segment(pixels[[2, 0]], 4).classes)
    assert segment(pixels, "auto").classes.max() == segment(pixels, (2, 12)).classes.max()


def test_what_is_no_scene_is_refused(scene, tmp_path):
    pixels, _ = scene
    (tmp_path / "text.tif").write_text("no scene")
    for call, error, words in [
        (lambda: segment(tmp_path / "none.tif"), FileNotFoundError, "none.tif"),
        (lambda: segment(tmp_path / "text.tif"), ValueError, "text.tif"),
        (lambda: segment(np.ones((2, 2, 2, 2))), ValueError, "bands, rows, columns"),
        (lambda: segment(np.array([["a"]])), TypeError, "integers or floats"),
        (lambda: segment(np.full((2, 3, 3), np.nan)), ValueError, "must have valid pixels"),
        (lambda: segment(pixels, 0), ValueError, "n_clusters must be at least 1, got 0"),
        (lambda: segment(pixels, "many"), ValueError, "got 'many'"),
        (lambda: segment(pixels, 4, bands=[1]), ValueError, "bands chooses bands of files"),
        (lambda: segment(pixels, 4, scale="log"), ValueError, "scale must .*standard"),
        (lambda: segment(pixels, 4, colors=["greenish"]), ValueError, "greenish"),
    ]:
        with pytest.raises(error, match=words):
            call()


def test_tables_escape_what_they_are_given():
    from lookalike._display import swatch, table

    page = table(["<h>"], [["<img src=x onerror=alert(1)>.jpg", swatch((1, 2, 3))]])
    assert "<img" not in page and "&lt;img" in page and "&lt;h&gt;" in page
    assert '<span style="background:#010203' in page


def test_a_photo_gets_few_colours(scene, tmp_path):
    pixels = scene[0].transpose(1, 2, 0)
    found = quantize(pixels, 4)
    assert found.to_rgb().shape == pixels.shape and len(found.palette) == 4
    assert found.counts.sum() == found.labels.size
    error = np.mean((found.to_rgb().astype(float) - pixels) ** 2)
    assert found.mean_squared_error == pytest.approx(error)
    assert found.psnr == pytest.approx(10 * np.log10(255**2 / error))
    page = found._repr_html_()
    assert "<table>" in page and "data:image/png;base64,iVBOR" in page
    quantize(pixels, 4, output=tmp_path / "few.png")
    again = quantize(tmp_path / "few.png", 4)
    assert again.psnr == np.inf and np.array_equal(again.to_rgb(), found.to_rgb())
    assert quantize(pixels[:, :, 0], 3).to_rgb().shape == pixels.shape
    for call, words in [
        (lambda: quantize(pixels / 255.0), "uint8 or uint16"),
        (lambda: quantize(pixels, 0), "n_colors must be between 1"),
        (lambda: quantize(pixels, 4, dither="much"), "dither must be none or floyd-steinberg"),
        (lambda: quantize(tmp_path / "none.png", 4), "none.png"),
    ]:
        with pytest.raises((ValueError, FileNotFoundError), match=words):
            call()


def test_a_folder_of_pictures_is_clustered(folder, tmp_path):
    found = cluster_images(
        folder, 2, labels="parent", map="pca", cache=False, output=tmp_path / "out", features="pixels"
    )
    bright = np.array([name.parts[0] == "bright" for name in found.names])
    assert metrics.adjusted_rand_score(bright, found.labels) == 1
    assert found.metrics["truth"]["scores"]["accuracy"] == 1
    assert found.map.shape == (24, 2) and np.isfinite(found.silhouettes).all()
    assert [one["size"] for one in found.clusters] == [12, 12]
    assert [str(name) for name, _ in found.unusable] == ["dark/broken.png"]
    assert (tmp_path / "out" / "report.html").exists()
    assert "bright" in found._repr_html_()


def test_pictures_become_rows(folder, tmp_path):
    found = embed_images(folder, cache=tmp_path / "cache")
    assert found.features.shape == (24, 256) and found.features.dtype == np.float32
    assert "16×16" in found.description and "24 images" in repr(found)
    again = embed_images(folder, cache=tmp_path / "cache")
    assert np.array_equal(again.features, found.features)
    assert embed_images(folder, features="descriptor", limit=3, cache=False).features.shape[0] == 3
    for call, error, words in [
        (lambda: embed_images(tmp_path / "none"), FileNotFoundError, "none"),
        (lambda: embed_images(folder, features="best"), ValueError, "features must be auto"),
        (lambda: embed_images(folder, features="cnn"), ValueError, "model must be the path"),
        (lambda: embed_images(folder, exclude=["*"]), ValueError, "picture"),
        (lambda: cluster_images(folder, 2, size=3, colour=1), TypeError, "colour"),
    ]:
        with pytest.raises(error, match=words):
            call()

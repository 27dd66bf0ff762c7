"""Files of boundaries: each format, and files that are broken, too large, of several layers, or not what their names say."""

import json
import zipfile

import geopandas as gpd
import pytest
import shapely
from squares import korea

from impact.errors import InputError
from impact.regions import boundaries, register
from impact.regions.boundaries import _files

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
LARGE = (
    "Boundaries must have at most {} MB, unpacked, and {} shapes; {} has more. Save it in less detail, or only the level of "
    "regions that you need."
)


def refused(path, **asked):
    with pytest.raises(InputError) as error:
        boundaries.read(path, **asked)
    return str(error.value)


def unreadable(name, why):
    suffix = name[name.rindex(".") :]
    return (
        f"{name} must be a readable {suffix} file of boundaries; it is not: {why}. Save it again, or take another one."
    )


def codes(path, **asked):
    return list(boundaries.read(path, **asked).frame["code"])


def zipped(path, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as packed:
        for name, file in files.items():
            packed.write(file, name)
    return path


@pytest.fixture
def shapefile(tmp_path):
    korea().to_crs("EPSG:5179").to_file(tmp_path / "sgg.shp")
    return tmp_path / "sgg.shp"


@pytest.fixture
def packed(tmp_path, shapefile):
    """Write the parts of the shapefile into a zip, under names."""

    def of(*names, parts=PARTS, into="boundaries.zip"):
        files = {f"{name}{part}": shapefile.with_suffix(part) for name in names for part in parts}
        return zipped(tmp_path / into, files)

    return of


# ---- formats -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["b.shp", "b.geojson", "b.json", "b.gpkg", "b.parquet", "b.GEOJSON"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:5186"])
def test_every_format_is_read(tmp_path, name, crs):
    frame = korea().to_crs(crs)
    if name.lower().endswith("json"):
        frame.to_file(tmp_path / name, driver="GeoJSON")
    else:
        (frame.to_parquet if name == "b.parquet" else frame.to_file)(tmp_path / name)
    assert codes(tmp_path / name) == list(register.units()["code"])


def test_topojson_is_read(tmp_path):
    box = {"type": "Polygon", "arcs": [[0]], "properties": {"code": "50110"}}  # Jeju-si, of no other system
    arcs = [[[126.5, 33.4], [126.6, 33.4], [126.6, 33.5], [126.5, 33.5], [126.5, 33.4]]]
    topology = {
        "arcs": arcs,
        "objects": {"sgg": {"type": "GeometryCollection", "geometries": [box]}},
        "type": "Topology",
    }
    (tmp_path / "b.topojson").write_text(json.dumps(topology), encoding="utf-8")
    assert codes(tmp_path / "b.topojson") == ["50110"]


def test_a_path_may_be_text(shapefile):
    assert len(codes(str(shapefile))) == 229


def test_a_shapefile_in_a_zip_is_read_wherever_it_lies_there(packed):
    assert len(codes(packed("sgg"))) == 229
    assert len(codes(packed("deep/er/시군구 2024"))) == 229
    assert len(codes(packed("../../outside"))) == 229


def test_nothing_of_a_zip_is_written_outside_its_room(packed, tmp_path):
    before = sorted(tmp_path.parent.rglob("*"))
    archive = packed("../outside")
    boundaries.read(archive)
    assert sorted(tmp_path.parent.rglob("*")) == sorted([*before, archive])


def test_what_a_mac_adds_to_a_zip_is_no_layer(packed, shapefile, tmp_path):
    files = {f"sgg{part}": shapefile.with_suffix(part) for part in PARTS}
    archive = zipped(tmp_path / "mac.zip", {**files, "__MACOSX/._sgg.shp": shapefile})
    assert len(codes(archive)) == 229


def test_a_geojson_in_a_zip_is_read(tmp_path):
    korea().to_file(tmp_path / "b.geojson")
    assert len(codes(zipped(tmp_path / "b.zip", {"b.geojson": tmp_path / "b.geojson"}))) == 229


def test_a_shapefile_without_prj_is_told_by_its_coordinates(packed):
    one = boundaries.read(packed("sgg", parts=(".shp", ".shx", ".dbf")))
    assert len(one.frame) == 229
    assert one.notes[0] == (
        "The file does not say in which coordinates it is; they run from 751,066 to 1,297,312 and from 1,483,161 to 2,046,177, "
        "so they are taken to be EPSG:5179."
    )


def test_metres_in_a_geojson_are_refused_until_they_are_named(tmp_path):
    korea().to_crs("EPSG:5179").set_crs("EPSG:4326", allow_override=True).to_file(tmp_path / "b.geojson")
    assert refused(tmp_path / "b.geojson") == (
        "Coordinates must be those of EPSG:4326; they run from 751,066 to 1,297,312 and from 1,483,161 to 2,046,177, as in "
        "EPSG:5179. Name the right ones with crs (--crs)."
    )
    assert len(codes(tmp_path / "b.geojson", crs="EPSG:5179")) == 229


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_names_in_a_shapefile_that_does_not_say_its_encoding_are_known_as_names(tmp_path, encoding):
    frame = korea(name=register.units()["name_ko"]).drop(columns="code")
    frame.to_file(tmp_path / "b.shp", encoding=encoding)
    if encoding == "cp949":
        (tmp_path / "b.cpg").unlink()
    assert refused(tmp_path / "b.shp").startswith(
        "Boundaries must have codes of units; name holds names (종로구, 중구, "
    )


def test_a_shapefile_in_another_encoding_is_read(tmp_path):
    korea(name="Île").to_file(tmp_path / "b.shp", encoding="ISO-8859-1")
    (tmp_path / "b.cpg").unlink()
    assert len(codes(tmp_path / "b.shp")) == 229


def test_names_that_are_scripts_are_not_carried(tmp_path):
    korea(name="<script>alert(1)</script>").to_file(tmp_path / "b.geojson")
    one = boundaries.read(tmp_path / "b.geojson")
    for suffix in (".geojson", ".parquet"):
        path = boundaries.write(one, tmp_path / f"made{suffix}")
        assert b"alert" not in path.read_bytes()


def test_rings_that_are_not_closed_are_closed_and_said(tmp_path):
    ring = [[126.5, 33.4], [126.6, 33.4], [126.6, 33.5]]
    feature = {"type": "Feature", "properties": {"code": 50110}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (tmp_path / "b.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    one = boundaries.read(tmp_path / "b.geojson")
    assert one.notes[0] == "In reading b.geojson: Non closed ring detected."
    assert shapely.is_valid(one.frame.geometry.iloc[0])


# ---- layers --------------------------------------------------------------------------------------------------------


def test_of_several_layers_one_must_be_named(tmp_path):
    for layer in ("one", "two"):
        korea().to_file(tmp_path / "b.gpkg", layer=layer)
    assert refused(tmp_path / "b.gpkg") == (
        "One layer of b.gpkg must be read; it holds several: one, two. Name one with layer (--layer)."
    )
    assert refused(tmp_path / "b.gpkg", layer="three") == (
        "One layer of b.gpkg must be read; it holds no three, but one, two. Name one with layer (--layer)."
    )
    assert len(codes(tmp_path / "b.gpkg", layer="two")) == 229
    assert len(codes(zipped(tmp_path / "b.zip", {"b.gpkg": tmp_path / "b.gpkg"}), layer="two")) == 229


def test_of_several_files_in_a_zip_one_must_be_named(packed):
    archive = packed("sido", "sgg")
    assert refused(archive) == (
        "One layer of boundaries.zip must be read; it holds several: sido.shp, sgg.shp. Name one with layer (--layer)."
    )
    assert len(codes(archive, layer="sgg.shp")) == 229
    assert len(codes(packed("sgg"), layer="sgg.shp")) == 229
    assert "it holds several: 2023/sgg.shp, 2024/sgg.shp." in refused(packed("2023/sgg", "2024/sgg"))
    assert len(codes(packed("2023/sgg", "2024/sgg"), layer="2024/sgg.shp")) == 229


def test_names_in_a_zip_may_be_in_cp949(packed):
    archive = packed("AAAAAA", "BBBB")
    korean = ["시군구", "시도"]  # six and four bytes
    raw = archive.read_bytes()
    for latin, name in zip(("AAAAAA", "BBBB"), korean, strict=True):
        raw = raw.replace(latin.encode(), name.encode("cp949"))
    archive.write_bytes(raw)
    assert "it holds several: 시군구.shp, 시도.shp." in refused(archive)
    assert len(codes(archive, layer="시군구.shp")) == 229


# ---- what is no file of boundaries ---------------------------------------------------------------------------------


def test_a_file_that_is_not_there(tmp_path):
    path = tmp_path / "none.zip"
    assert refused(path) == f"Boundaries must be at {path}; there is no such file. Check the path."


def test_a_file_of_another_kind(tmp_path):
    (tmp_path / "b.csv").write_text("code,people\n11110,1\n", encoding="utf-8")
    assert refused(tmp_path / "b.csv") == (
        "Boundaries must be a .zip, .shp, .geojson, .json, .topojson, .gpkg, .parquet file; seen: b.csv. Save them as one of "
        "these, or name the file of shapes that lies beside it."
    )


@pytest.mark.parametrize("suffix", [".zip", ".shp", ".geojson", ".gpkg", ".parquet"])
def test_an_empty_file(tmp_path, suffix):
    (tmp_path / f"b{suffix}").touch()
    assert refused(tmp_path / f"b{suffix}") == (
        f"A file of boundaries must hold shapes; b{suffix} is empty. Check that it was saved completely."
    )


NEITHER = "it is neither GeoJSON nor TopoJSON"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("b.geojson", b"hello", NEITHER),
        ("b.geojson", PICTURE, NEITHER),
        ("b.geojson", b"{}", NEITHER),
        ("b.json", b'{"type": "Topology"}', NEITHER),
        ("b.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Pol', NEITHER),
        ("b.shp", PICTURE, "it does not begin as a shapefile does"),
        ("b.gpkg", PICTURE, "it does not begin as a GeoPackage does"),
        ("b.zip", PICTURE, "File is not a zip file"),
        ("b.parquet", b"PAR1", "Parquet file size is 4 bytes, smaller than the minimum file footer (8 bytes)"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_its_name_says(tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)
    assert refused(tmp_path / name) == unreadable(name, why)


def test_a_table_without_shapes(tmp_path):
    register.units().to_parquet(tmp_path / "b.parquet")
    assert refused(tmp_path / "b.parquet") == unreadable("b.parquet", "it is a table of 229 rows without shapes")


def test_a_file_of_no_shapes(tmp_path):
    (tmp_path / "b.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    korea().iloc[:0].to_parquet(tmp_path / "b.parquet")
    for name in ("b.geojson", "b.parquet"):
        assert refused(tmp_path / name) == (
            f"A file of boundaries must hold shapes; {name} holds none. Take another one."
        )


def test_a_zip_without_shapes(tmp_path):
    (tmp_path / "read.me").touch()
    assert refused(zipped(tmp_path / "b.zip", {"read.me": tmp_path / "read.me"})) == (
        "A zip must hold a file of shapes (.shp, .geojson, .json, .topojson, .gpkg, .parquet); b.zip holds: read.me. Take "
        "another one."
    )
    assert refused(zipped(tmp_path / "c.zip", {})) == (
        "A zip must hold a file of shapes (.shp, .geojson, .json, .topojson, .gpkg, .parquet); c.zip holds: nothing. Take "
        "another one."
    )


def test_a_shapefile_without_its_other_files(packed):
    assert refused(packed("sgg", parts=(".shp", ".dbf"))) == unreadable(
        "boundaries.zip",
        "Unable to open sgg.shx or sgg.SHX. Set SHAPE_RESTORE_SHX config option to YES to restore or create it",
    )
    assert refused(packed("sgg", parts=(".shp", ".shx", ".prj"))) == (
        "Boundaries must have codes of units; these columns hold none that are known: there is no column. Take another file, or "
        "give system=None (--from none) to take the codes of another country as they are."
    )


def test_a_locked_zip(packed):
    archive = packed("sgg", into="locked.zip")
    raw = bytearray(archive.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := raw.find(signature, place + 1)) >= 0:
            raw[place + at] |= 1
    archive.write_bytes(raw)
    assert refused(archive) == (
        "A zip must open without a password; locked.zip needs one. Unpack it, and name the file of shapes."
    )


# ---- nothing in a file decides how it is read ----------------------------------------------------------------------


@pytest.fixture
def elsewhere(tmp_path):
    """A file that another one may name."""
    korea().to_file(tmp_path / "secret.geojson")
    return tmp_path / "secret.geojson"


def test_a_file_that_names_another_file_is_not_followed(tmp_path, elsewhere):
    named = f"<SrcDataSource>{elsewhere}</SrcDataSource><SrcLayer>secret</SrcLayer>"
    virtual = f'<OGRVRTDataSource><OGRVRTLayer name="b">{named}</OGRVRTLayer></OGRVRTDataSource>'
    (tmp_path / "b.geojson").write_text(virtual, encoding="utf-8")
    assert len(gpd.read_file(tmp_path / "b.geojson")) == 229  # as the library by itself would
    assert refused(tmp_path / "b.geojson") == unreadable("b.geojson", NEITHER)
    assert refused(zipped(tmp_path / "b.zip", {"b.geojson": tmp_path / "b.geojson"})) == unreadable("b.zip", NEITHER)


def test_a_file_that_holds_a_command_is_not_run(tmp_path, elsewhere):
    command = f"gdal vector reproject {elsewhere} --dst-crs EPSG:5179 --output-format stream streamed_dataset"
    (tmp_path / "b.json").write_text(json.dumps({"type": "gdal_streamed_alg", "command_line": command}))
    assert len(gpd.read_file(tmp_path / "b.json")) == 229  # as the library by itself would
    assert refused(tmp_path / "b.json") == unreadable("b.json", NEITHER)


# ---- bounds --------------------------------------------------------------------------------------------------------


def test_a_zip_that_unpacks_to_more_than_may_be_is_stopped(tmp_path, monkeypatch):
    (tmp_path / "b.shp").write_bytes(b"\x00\x00\x27\x0a" + bytes(20_000_000))
    archive = zipped(tmp_path / "b.zip", {"b.shp": tmp_path / "b.shp"})
    assert archive.stat().st_size < 50_000
    monkeypatch.setattr(_files, "MOST_BYTES", 10_000_000)
    assert refused(archive) == LARGE.format(10, "50,000", "b.zip")


def test_a_large_file_is_not_opened(tmp_path, monkeypatch):
    korea().to_file(tmp_path / "b.geojson")
    monkeypatch.setattr(_files, "MOST_BYTES", 1_000)
    assert refused(tmp_path / "b.geojson") == LARGE.format(0, "50,000", "b.geojson")


@pytest.mark.parametrize("name", ["b.geojson", "b.parquet", "b.gpkg"])
def test_more_shapes_than_may_be_are_not_read(tmp_path, monkeypatch, name):
    (korea().to_parquet if name == "b.parquet" else korea().to_file)(tmp_path / name)
    monkeypatch.setattr(_files, "MOST_SHAPES", 228)
    assert refused(tmp_path / name) == LARGE.format(500, "228", name)


def test_a_parquet_that_unpacks_to_more_than_may_be_is_not_read(tmp_path, monkeypatch):
    korea(text="0" * 200_000).to_parquet(tmp_path / "b.parquet")
    assert (tmp_path / "b.parquet").stat().st_size < 100_000
    monkeypatch.setattr(_files, "MOST_BYTES", 100_000)
    assert refused(tmp_path / "b.parquet") == LARGE.format(0, "50,000", "b.parquet")

"""The units of the EPSG registry, and those of its horizontal systems, from PROJ's copy of it.

    python3 testdata/make_golden.py epsg_units

writes epsg_units.csv beside the code that reads it: runs of codes of systems of one kind and unit,
which may hold codes that are not assigned, and single codes of units of length and angle.
"""

import math
import pathlib
import sqlite3

import pyproj

TARGET = (
    pathlib.Path(__file__).parents[2]
    / "crates/lookalike-imagery/src/raster/georeference/epsg_units.csv"
)
DATABASE = pathlib.Path(pyproj.datadir.get_data_dir()) / "proj.db"

QUERY = """
select crs.code, crs.kind, unit.conv_factor from (
    select projected.code,
           case when method_code in (9804, 9805, 1024, 1026, 1044) then 'mercator' else 'metres' end
               kind,
           coordinate_system_auth_name authority, coordinate_system_code system
    from projected_crs projected
    join conversion on conversion.auth_name = conversion_auth_name
        and conversion.code = conversion_code
    where projected.auth_name = 'EPSG'
    union all
    select code, 'degrees', coordinate_system_auth_name, coordinate_system_code
    from geodetic_crs where auth_name = 'EPSG' and type like 'geographic%') crs
join axis on axis.coordinate_system_auth_name = crs.authority
    and axis.coordinate_system_code = crs.system and axis.coordinate_system_order = 1
join unit_of_measure unit on unit.auth_name = axis.uom_auth_name and unit.code = axis.uom_code
"""


def degrees(radians):
    """Without the dust of the conversion."""
    return float(f"{math.degrees(radians):.13g}")


def systems():
    """(code, kind, metres or degrees a unit) of all whose code a GeoKey can hold.

    Mercator projections are a kind of their own: their metres grow with the latitude.
    """
    for code, kind, factor in sqlite3.connect(DATABASE).execute(QUERY).fetchall():
        if int(code) > 32766:
            continue
        if kind == "degrees":
            # Degrees "of a representation that the supplier defines" have no factor.
            factor = 1.0 if factor is None else degrees(factor)
        yield int(code), kind, factor


def others():
    """Codes of systems that are not horizontal; they end a run."""
    query = """
        select code from crs_view where auth_name = 'EPSG'
        and type not like 'geographic%' and type <> 'projected'"""
    for (code,) in sqlite3.connect(DATABASE).execute(query).fetchall():
        if int(code) <= 32766:
            yield int(code), "other", 1.0


def units():
    query = """
        select code, type, conv_factor from unit_of_measure where auth_name = 'EPSG'
        and type in ('length', 'angle') and conv_factor > 0 order by code"""
    for code, kind, factor in sqlite3.connect(DATABASE).execute(query).fetchall():
        if kind == "angle":
            factor = degrees(factor)
        yield int(code), kind, factor


def cases():
    runs = []
    for code, kind, factor in sorted([*systems(), *others()]):
        if runs and runs[-1][2:] == [kind, factor]:
            runs[-1][1] = code
        else:
            runs.append([code, code, kind, factor])
    runs = [run for run in runs if run[2] != "other"]
    runs += [[code, code, kind, factor] for code, kind, factor in units()]
    lines = [f"{a},{b},{kind},{factor!r}" for a, b, kind, factor in runs]
    TARGET.write_text("\n".join(["first,last,kind,factor", *lines]) + "\n")
    some = [4326, 4258, 4979, 3857, 2263, 32633, 2154, 27700, 4807, 6933, 5041, 2193, 3395]
    known = {code: (kind, factor) for code, kind, factor in systems()}
    return {"systems": [[code, *known[code]] for code in some]}

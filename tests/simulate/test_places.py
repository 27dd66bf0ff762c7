import numpy as np

from impact.regions import register, risk
from impact.simulate.places import chord, on_sphere, places


def test_municipalities_are_those_of_the_register_with_the_class_of_2015():
    at, people = places(), register.population().query("year == 2015").set_index("code")
    index = risk.extinction_index(people["women_20_39"], people["age_65_plus"])
    assert at.code.tolist() == sorted(register.units()["code"])
    assert at.risk_class.tolist() == risk.risk_class(index.loc[at.code]).tolist()
    assert (at.depopulation.sum(), at.interest.sum()) == (89, 18)


def test_weights_are_shares():
    assert np.isclose(places().weight.sum(), 1)
    assert (places().weight > 0).all()


def test_a_chord_is_the_straight_way_through_the_sphere():
    one, other = on_sphere(np.array([37.0, 38.0]), np.array([127.0, 127.0]))
    assert np.isclose(np.linalg.norm(one - other), chord(111.195))


def test_firms_lie_within_a_few_km_of_the_point_of_their_municipality(whole, each):
    firms, at = each(whole()), places()
    place = np.searchsorted(at.code.astype(str), firms["municipality"].to_numpy(str))
    straight = on_sphere(firms["latitude"].to_numpy(), firms["longitude"].to_numpy()) - on_sphere(
        at.latitude[place], at.longitude[place]
    )
    assert (np.linalg.norm(straight, axis=1) < chord(2 * 6 * np.sqrt(2) + 0.1)).all()

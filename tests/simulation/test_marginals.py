from simulation import marginals


def test_the_page_is_that_of_the_default_world():
    assert marginals.PAGE.read_text(encoding="utf-8") == marginals.page()

"""Hidden repeats from the protocol to the results: made, sealed, hidden, and kept out of all but 7.5."""

import io
import re

import pandas as pd
import pytest

from analysis import queries
from analysis.services import compute
from analysis.services.conduct import conduct_figures
from readerstudy.core.errors import WrongState
from readerstudy.models import Allocation, Study
from readerstudy.services import allocate, close, rules
from tests.cast import add_image_set
from tests.conftest import REASON, SEED, complete_answers, read_pair, without_csrf

REPEATS = 3
CONFIG = re.compile(r'<script id="reading-config".*?</script>', re.DOTALL)


def config_of(page):
    return page.context["reading_config"]


@pytest.fixture
def repeated(cast) -> Study:
    """Four image sets, 12 pairs, of which each reader is shown three twice."""
    for number in (1, 2, 3, 4):
        add_image_set(cast.study, number)
    rules.save_rules(cast.study, actor=cast.coordinator, changes={"repeats": REPEATS, "repeat_distance": 4})
    allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=SEED)
    cast.study.refresh_from_db()
    return cast.study


def again_of(study):
    return study.allocations.filter(repeat=2).select_related("reader__user", "pair")


class TestSealed:
    def test_each_reader_gets_them_and_the_seal_verifies(self, repeated):
        assert again_of(repeated).count() == 2 * REPEATS
        assert repeated.allocations.count() == 2 * (12 + REPEATS)
        assert allocate.verify_allocation(repeated) == repeated.allocation_sha256

    def test_the_distance_holds(self, repeated):
        for again in again_of(repeated):
            first = Allocation.objects.get(reader=again.reader, pair=again.pair, repeat=1)
            assert again.position - first.position - 1 >= 4

    def test_the_report_counts_them(self, repeated):
        report = allocate.balance_report(repeated)

        assert (report.repeats, report.largest_imbalance) == (2 * REPEATS, 1) or report.largest_imbalance == 0
        assert report.smallest_repeat_distance >= 4

    def test_more_than_fit_are_refused_in_words(self, cast):
        add_image_set(cast.study, 1)
        rules.save_rules(cast.study, actor=cast.coordinator, changes={"repeats": 2, "repeat_distance": 2})

        assert any("at most 1 can be read twice" in one for one in allocate.readiness(cast.study).problems)
        with pytest.raises(WrongState, match="hidden repeats"):
            allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON)


class TestHidden:
    @pytest.fixture
    def both(self, repeated):
        again = again_of(repeated).first()
        return Allocation.objects.get(reader=again.reader, pair=again.pair, repeat=1), again

    def test_the_pages_differ_in_tokens_and_places_only(self, repeated, both, sign_in):
        client = sign_in(both[0].reader.user)
        pages = [client.get(f"/read/{one.token}/") for one in both]

        configs = [config_of(page) for page in pages]
        texts = [CONFIG.sub("", without_csrf(page.content).decode()) for page in pages]
        assert texts[0] == texts[1]
        assert pages[0].headers.keys() == pages[1].headers.keys()
        differing = {name for name in configs[0] if configs[0][name] != configs[1][name]}
        assert differing == {"reading", "urls", "position", "stacks"}
        tokens = {one for each in both for one in (each.token, each.left_token, each.right_token)}
        assert len(tokens) == 6

    def test_no_word_of_it_reaches_a_reader(self, repeated, both, sign_in):
        client = sign_in(both[0].reader.user)
        addresses = ["/read/", f"/read/{repeated.slug}/review/", *(f"/read/{one.token}/" for one in both)]

        for address in addresses:
            text = client.get(address).content.decode().lower()
            assert "repeat" not in text.replace("repeated", "")
            assert "twice" not in text
            assert "replicate" not in text

    def test_positions_go_on_without_a_gap(self, repeated, both):
        positions = both[0].reader.allocations.order_by("position").values_list("position", flat=True)

        assert list(positions) == list(range(1, 12 + REPEATS + 1))

    def test_both_sides_have_as_many_bytes_as_ever(self, both, sign_in):
        client = sign_in(both[0].reader.user)
        for one in both:
            left, right = (client.get(f"/pixels/{token}/0") for token in (one.left_token, one.right_token))
            assert len(left.content) == len(right.content)


class TestAnalysis:
    @pytest.fixture
    def done(self, repeated, cast):
        """First showings: 3 and nothing ticked. Repeats: 5 everywhere, a box ticked, not diagnostic."""
        for one in repeated.allocations.order_by("reader", "position"):
            answers = complete_answers(repeated, value=3 if one.repeat == 1 else 5)
            if one.repeat == 2:
                answers |= {"consistency:loss_anatomy:left": 1, "diagnostic:left": 0, "diagnostic:right": 0}
            read_pair(one, answers)
        close.lock_study(repeated, actor=cast.coordinator, reason=REASON)
        return close.unblind_study(repeated, actor=cast.coordinator, reason=REASON)

    def test_they_enter_the_agreement_of_readers_with_themselves_and_nothing_else(self, done):
        results = compute.results_of(done.plan, compute.input_tables(done))

        for cell in results["cells"].values():
            for feature in cell.values():
                assert feature["n_obs"] == 8
                assert feature["mean_pref"] == 3
        assert results["intra_reader"]["all"]["n"] == 2 * REPEATS * 8
        assert results["intra_reader"]["all"]["pct_exact"] == 0
        assert results["consistency"]["presentations_any"]["x"] == 0
        shown = {table["name"]: table for table in compute.laid_out_tables(done, results)}
        assert [row[0] for row in shown["table_repeats"]["rows"]] == ["R1", "R2", "All readers"]
        assert {row["judged"] - row["diagnostic"] for row in queries.diagnostic_quality(done)} == {0}

    def test_the_files_have_a_column_for_them(self, done):
        tables = compute.input_tables(done)

        for name in ("scores", "allocation", "consistency"):
            shown = pd.read_csv(io.BytesIO(tables[f"{name}.csv"])).drop_duplicates("presentation_id")
            assert (shown["replicate"] == 2).sum() == 2 * REPEATS, name


class TestBeforeUnblinding:
    def test_the_monitor_counts_consistency_of_repeats_without_arms(self, repeated):
        for one in repeated.allocations.order_by("reader", "position"):
            read_pair(one, complete_answers(repeated))

        figures = conduct_figures(repeated, safety=False)

        assert figures["repeats"]["n"] == 2 * REPEATS * 8
        assert figures["repeats"]["exact"] == 1.0

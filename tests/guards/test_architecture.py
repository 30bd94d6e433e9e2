"""Each rule holds for the product, and each finds what it is for."""

from collections.abc import Callable, Iterable

import pytest

from tests.guards import rules
from tests.guards.source import Source, product_files

Rule = Callable[[Iterable[Source]], list[str]]

# A rule, and the smallest file that breaks it.
BROKEN: list[tuple[Rule, Source]] = [
    (rules.unknown_topics, Source("readerstudy.helpers", "")),
    (rules.outward_imports, Source("readerstudy.core.dicom", "from readerstudy.models import Study")),
    (rules.outward_imports, Source("readerstudy.models.study", "from readerstudy.services import close")),
    (rules.outward_imports, Source("readerstudy.services.close", "from ..views import study")),
    (rules.outward_imports, Source("analysis.core.paired", "from readerstudy import queries")),
    (rules.forbidden_apps, Source("readerstudy.jobs", "def run():\n    from enhancement import services")),
    (rules.forbidden_apps, Source("readerstudy.views.results", "import analysis.core.tables")),
    (rules.forbidden_apps, Source("enhancement.services.run", "from analysis.core import tables")),
    (rules.impure_core, Source("readerstudy.core.allocation", "import random")),
    (rules.impure_core, Source("analysis.core.tables", "from django.conf import settings")),
    (rules.global_randomness, Source("enhancement.core.noise", "import numpy as np\nnp.random.normal()")),
    (rules.global_randomness, Source("readerstudy.core.blinding", "token = uuid.uuid4()")),
    (rules.global_randomness, Source("readerstudy.core.deidentify", "now = datetime.now(UTC)")),
    (rules.torch_in_the_web, Source("enhancement.jobs", "import torch")),
    (rules.torch_in_the_web, Source("readerstudy.jobs", "def run():\n    import torch.nn")),
    (rules.long_functions, Source("readerstudy.core.dicom", "def f():\n" + "    x = 1\n" * 60)),
    (rules.training_that_counts, Source("analysis.queries", "rows = Reading.everything.all()")),
    (
        rules.training_that_counts,
        Source("analysis.queries", "scores.filter(save_of__reading__allocation__study=1)"),
    ),
    (rules.long_files, Source("readerstudy.core.dicom", "x = 1\n" * 401)),
]
ALL_RULES = list(dict.fromkeys(rule for rule, _ in BROKEN))


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return product_files()


class TestRules:
    @pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.__name__)
    def test_the_product_keeps_it(self, rule: Rule, sources: list[Source]):
        assert rule(sources) == []

    @pytest.mark.parametrize(
        ("rule", "broken"), BROKEN, ids=[f"{rule.__name__}-{source.module}" for rule, source in BROKEN]
    )
    def test_it_finds_what_breaks_it(self, rule: Rule, broken: Source):
        assert rule([broken]) != []


class TestProductFiles:
    def test_it_sees_all_three_apps_and_more_than_a_few_files(self, sources: list[Source]):
        apps = {source.module.split(".")[0] for source in sources}

        assert apps == {"readerstudy", "enhancement", "analysis"}
        assert len(sources) > 50


class TestTorchInTheWeb:
    def test_it_lets_a_job_load_torch_when_it_runs(self):
        job = Source("enhancement.jobs", "def run():\n    import torch")

        assert rules.torch_in_the_web([job]) == []

    def test_it_ignores_what_only_type_checkers_load(self):
        worker = Source("enhancement.worker", "if TYPE_CHECKING:\n    import torch")

        assert rules.torch_in_the_web([worker]) == []

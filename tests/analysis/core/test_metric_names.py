import pytest

from analysis.core.metric_names import KINDS, MetricName, is_metric, metric_name, parse_metric
from readerstudy.core.errors import WrongColumns


class TestMetricName:
    def test_arms_lose_what_no_column_may_hold(self):
        assert metric_name("l1", "SOC", "FAST-DL") == "l1_soc_fastdl"
        assert metric_name("noise", "site_2.FAST") == "noise_site2fast"


class TestParseMetric:
    @pytest.mark.parametrize("kind", KINDS)
    def test_every_kind_reads_back_what_was_written(self, kind):
        arms = ("soc", "fastdl")[: KINDS[kind].arms]

        assert parse_metric(metric_name(kind, *arms)) == MetricName(kind, arms)

    def test_a_longer_kind_is_not_taken_for_a_shorter_one_with_more_arms(self):
        assert parse_metric("ssim_registered_soc_fast").kind == "ssim_registered"
        assert parse_metric("noise_percent_fast").kind == "noise_percent"

    @pytest.mark.parametrize("column", ["", "ssim", "ssim_soc", "entropy_soc_fast", "l1_soc_fast_dl", "noise"])
    def test_it_refuses_what_is_no_metric(self, column):
        assert not is_metric(column)
        with pytest.raises(WrongColumns, match="no image metric"):
            parse_metric(column)

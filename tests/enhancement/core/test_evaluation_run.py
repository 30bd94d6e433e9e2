import numpy as np
import pytest

from enhancement.core.dead_leaves import draw_dead_leaves
from enhancement.core.evaluation_run import EQUALS, NETWORK, EvaluationSettings, score_cases
from enhancement.core.evaluation_table import ALL, make_table
from enhancement.core.peers import PEERS, Peer, gaussian

SETTINGS = EvaluationSettings(cases=2, slices=1, window_px=64)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(1)
    np.save(tmp_path / "one.npy", 0.3 + draw_dead_leaves(96, rng=rng)[None])
    return tmp_path


def half_of(method):
    return Peer(lambda volume, truth: (volume + method(volume)) / 2)


class TestScoreCases:
    def test_the_network_is_also_scored_at_a_peers_noise(self, folder):
        """The peer is the same method at half its strength: at its noise both must be the same."""
        methods = {"identity": PEERS["identity"], "bm3d": half_of(gaussian)}
        methods[NETWORK] = Peer(lambda volume, truth: gaussian(volume))

        scores = score_cases(folder, SETTINGS, methods, tell=lambda line: None)

        equal, peer = ([s for s in scores if s.method == name] for name in (EQUALS["bm3d"], "bm3d"))
        assert len(equal) == len(peer) == 2
        for ours, theirs in zip(equal, peer, strict=True):
            assert ours.blend <= 1
            if ours.floor_kept == theirs.floor_kept and ours.blend < 1:
                assert ours.variance_after == pytest.approx(theirs.variance_after, rel=1e-3)
                assert ours.edge_retention == pytest.approx(theirs.edge_retention, abs=0.02)
        assert EQUALS["bm3d"] in {row.method for row in make_table(scores) if row.group == ALL}

    def test_without_the_peer_there_is_no_such_row(self, folder):
        methods = {"identity": PEERS["identity"], NETWORK: Peer(lambda volume, truth: gaussian(volume))}

        scores = score_cases(folder, SETTINGS, methods, tell=lambda line: None)

        assert {score.method for score in scores} == {"identity", NETWORK}

from readerstudy.supervisor.backoff import HEALTHY_AFTER_S, LONGEST_DELAY_S, Backoff


class TestBackoff:
    def test_the_first_start_does_not_wait(self):
        assert Backoff().delay_s == 0

    def test_each_quick_death_doubles_the_wait(self):
        delays = []
        backoff = Backoff()
        for _ in range(4):
            backoff = backoff.after_exit(lived_s=1)
            delays.append(backoff.delay_s)

        assert delays == [0.5, 1, 2, 4]

    def test_the_wait_has_a_limit_after_any_number_of_failures(self):
        assert Backoff(failures=100_000).delay_s == LONGEST_DELAY_S

    def test_a_long_life_makes_the_next_wait_short_again(self):
        assert Backoff(failures=9).after_exit(lived_s=HEALTHY_AFTER_S).delay_s == 0.5

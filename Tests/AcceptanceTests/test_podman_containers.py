"""The tests of stacks in containers once more, over the socket of a real Podman.

Where Podman differs, its own behaviour is tested, or a test is left out with the reason; docs/containers.md lists the
differences.
"""
import shutil
import unittest

import kit
import test_container_faults
import test_container_hands
from podman import Podman

if shutil.which("podman") is None:
    raise unittest.SkipTest("NOT SHOWN: podman is not installed (Debian package podman)")


class PodmanFaultTests(test_container_faults.FaultTests):
    engine_type = Podman

    # It does not tell that the kernel has ended a process for want of memory.
    test_out_of_memory_is_called_so = None
    # What is removed by force is stopped first, of which it may or may not tell as of a person's will.
    test_what_is_removed_is_made_again = None
    # It removes no container that another one shares a namespace with.
    test_what_shares_a_network_is_made_anew_along = None
    test_what_shared_a_network_that_is_removed_is_made_anew = None


class PodmanHandsTests(test_container_hands.HandsTests):
    engine_type = Podman

    # Whether it tells that a container was stopped by hand is a matter of luck: its own clean-up may come first.
    test_docker_stop_is_respected = None
    test_docker_stop_and_hale_start = None
    test_docker_restart_is_a_restart = None
    # Restart policies are as the container was made: what Hale has made keeps `no`.
    test_release_gives_what_hale_has_made_the_policies_of_the_file = None
    # What docker-compose starts there has other names than this test expects.
    test_what_compose_has_started_is_taken_over_and_given_back = None


if __name__ == "__main__":
    kit.main()

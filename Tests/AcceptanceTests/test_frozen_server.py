"""A server that is frozen, not dead: it is convicted by its check and replaced, and nobody else is touched."""
import signal
import time

import redis

import kit


class FrozenServerTests(kit.TestCase):
    def test_stopped_redis_is_replaced_within_five_seconds(self):
        port, other_port = kit.free_port(), kit.free_port()
        stack = self.stack({
            "redis": {
                "image": "redis:7", "restart": "unless-stopped", "ports": [f"127.0.0.1:{port}:6379"],
                "volumes": ["data:/data"],
                "healthcheck": {"test": ["CMD", "redis-cli", "ping"], "interval": "1s", "timeout": "1s", "retries": 2},
                "x-hale": {
                    "run": "redis-server --bind $$HALE_HOST --dir $$HALE_VOLUME_DATA --appendonly yes",
                    "check": "redis"},
            },
            "neighbour": kit.echo_service(other_port),
        }, volumes={"data": None})
        stack.up()
        redis.Redis(port=port).set("kept", "42")
        frozen, neighbour = stack.pid("redis"), stack.pid("neighbour")

        started = time.monotonic()
        kit.kill(frozen, signal.SIGSTOP)
        kit.eventually(lambda: stack.instance("redis").get("pid") not in (None, frozen) and stack.is_healthy("redis"),
                       timeout=20, message=lambda: stack.describe("redis"))
        took = time.monotonic() - started

        self.assertLess(took, 5, stack.describe("redis"))
        self.assertFalse(kit.is_running(frozen), "the frozen server still exists")
        self.assertEqual(redis.Redis(port=port, decode_responses=True).get("kept"), "42")
        self.assertEqual(stack.pid("neighbour"), neighbour)
        self.assertEqual(stack.service("neighbour")["restarts"], 0)


if __name__ == "__main__":
    kit.main()

"""One of three instances hangs: who asks something that may be asked twice does not notice, and nobody else is asked
twice."""
import concurrent.futures
import os
import re
import signal
import urllib.request

import kit

CLIENTS = 12
ROUNDS = 5


class HedgingTests(kit.TestCase):
    def setUp(self):
        self.port = kit.free_port()
        # Its check comes too late to be of help: what is seen here is the gateway's doing.
        self.running = self.stack({"web": {
            "image": "example/web:1", "restart": "unless-stopped", "ports": [f"127.0.0.1:{self.port}:7000"],
            "deploy": {"replicas": 3}, "x-hale": {
                "run": kit.server("pages.py"), "protocol": "http", "balance": "round-robin",
                "retry": {"hedge": "50ms", "floor": 500},
                "breaker": {"slow": "off"}, "check": {"http": "/healthz", "interval": "60s", "timeout": "60s"}}}})
        self.running.up()
        self.running.wait_until_healthy("web")

    def ask(self, method):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", method=method,
                                         data=b"once" if method == "POST" else None)
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status

    def hedges(self):
        _, body = self.running.get("/metrics")
        found = re.findall(r'hale_gateway_hedges_total\{.*result="(\w+)"\} (\d+)', body)
        return {result: int(count) for result, count in found}

    def test_a_hung_instance_is_not_noticed(self):
        hung = self.running.pid("web", 2)
        os.kill(hung, signal.SIGSTOP)
        self.addCleanup(kit.kill, hung, signal.SIGCONT)
        with concurrent.futures.ThreadPoolExecutor(2 * CLIENTS) as pool:
            posts = [pool.submit(self.ask, "POST") for _ in range(CLIENTS)]
            kit.eventually(lambda: 0 < sum(post.done() for post in posts))
            for _ in range(ROUNDS):
                self.assertEqual(list(pool.map(self.ask, ["GET"] * CLIENTS)), [200] * CLIENTS)
            kit.eventually(lambda: self.hedges().get("won", 0) > 0)
            # Longer than any GET has waited, those that may have done something wait still.
            self.assertLess(sum(post.done() for post in posts), CLIENTS)
            os.kill(hung, signal.SIGCONT)
            self.assertEqual([post.result() for post in posts], [200] * CLIENTS)
        self.assertLessEqual(self.hedges()["won"], self.hedges()["sent"])
        self.assertLessEqual(self.hedges()["sent"], ROUNDS * CLIENTS)


if __name__ == "__main__":
    kit.main()

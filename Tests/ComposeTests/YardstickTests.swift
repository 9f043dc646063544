import Stack
import Testing

@testable import Compose

/// A file such as people have: two databases with passwords, a mounted configuration and a network of somebody else's.
@Suite struct YardstickTests {
    private static let text = """
        services:
          postgres:
            image: postgres:16-alpine
            container_name: shop-postgres
            restart: unless-stopped
            environment:
              POSTGRES_USER: shop
              POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}
            volumes:
              - pgdata:/var/lib/postgresql/data
              - ./init.sql:/docker-entrypoint-initdb.d/init.sql:ro
            networks: [backend]
            ports: ["5432:5432"]
            healthcheck:
              test: ["CMD-SHELL", "pg_isready -U shop"]
              interval: 5s
              timeout: 3s
              retries: 5
          redis:
            image: redis:7-alpine
            container_name: shop-redis
            command: redis-server --requirepass "${REDIS_PASSWORD}" --appendonly yes --maxmemory 256mb
            sysctls:
              net.core.somaxconn: 1024
            ulimits:
              nofile: {soft: 65536, hard: 65536}
              nproc: 4096
            volumes: [redis:/data]
            networks: [backend, shared]
            expose: ["6379"]
            healthcheck:
              test: ["CMD", "redis-cli", "-a", "${REDIS_PASSWORD}", "ping"]
        networks:
          backend:
          shared: {external: true, name: company}
          unused:
        volumes:
          pgdata:
          redis: {name: shop-redis-data, labels: {backup: nightly}}
          unused:
        """
    private static let environment = ["POSTGRES_PASSWORD": "s3cret", "REDIS_PASSWORD": "p w"]

    @Test func theDatabase() throws {
        let project = try load(Self.text, environment: Self.environment)
        let lowered = try Lowered(project, "postgres")
        #expect(lowered.container.image == "postgres:16-alpine")
        #expect(lowered.container.name == "shop-postgres")
        #expect(lowered.container.restart.name == "unless-stopped")
        #expect(lowered.body["Env"] == ["POSTGRES_PASSWORD=s3cret", "POSTGRES_USER=shop"])
        #expect(lowered.body["ExposedPorts"] == ["5432/tcp": [:]])
        #expect(
            lowered.body["Healthcheck"] == [
                "Test": ["CMD-SHELL", "pg_isready -U shop"], "Interval": 5_000_000_000, "Timeout": 3_000_000_000,
                "Retries": 5,
            ])
        #expect(
            lowered.host["Binds"] == [
                "demo_pgdata:/var/lib/postgresql/data:rw",
                .string("\(project.directory)/init.sql:/docker-entrypoint-initdb.d/init.sql:ro"),
            ])
        #expect(lowered.host["PortBindings"] == nil)
        #expect(lowered.service.hasDataVolume)
        #expect(lowered.service.check?.probe == .shell("pg_isready -U shop"))
        #expect(lowered.service.ports.map(\.published) == [5432])
    }

    @Test func theCache() throws {
        let lowered = try Lowered(load(Self.text, environment: Self.environment), "redis")
        #expect(
            lowered.body["Cmd"] == [
                "redis-server", "--requirepass", "p w", "--appendonly", "yes", "--maxmemory", "256mb",
            ])
        #expect(lowered.host["Sysctls"] == ["net.core.somaxconn": "1024"])
        #expect(
            lowered.host["Ulimits"] == [
                ["Name": "nofile", "Soft": 65536, "Hard": 65536], ["Name": "nproc", "Soft": 4096, "Hard": 4096],
            ])
        #expect(lowered.host["Binds"] == ["shop-redis-data:/data:rw"])
        #expect(lowered.host["NetworkMode"] == "demo_backend")
        #expect(lowered.container.networks.map(\.network) == ["demo_backend", "company"])
        #expect(lowered.service.check?.probe == .command(["redis-cli", "-a", "p w", "ping"]))
    }

    @Test func whatIsAroundThem() throws {
        let stack = try load(Self.text, environment: Self.environment).stack(runtime: .containers)
        let containers = try #require(stack.containers)
        #expect(containers.networks.map(\.name) == ["demo_backend", "company"])
        #expect(containers.networks.map(\.isExternal) == [false, true])
        #expect(containers.volumes.map(\.name) == ["demo_pgdata", "shop-redis-data"])
        #expect(!stack.isolatesNetworks)
    }
}

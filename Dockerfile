# An image that runs `hale watch`, which heals the containers of the engine whose socket it is given. See docs/watch.md.
#
#     docker build -t hale-watch .
#     docker run -d --restart always -v /var/run/docker.sock:/var/run/docker.sock hale-watch
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libcurl4-openssl-dev libfyaml-dev libmicrohttpd-dev libsqlite3-dev \
        libjs-dygraphs libssl-dev pkg-config
WORKDIR /hale
COPY Package.swift ./
COPY Sources Sources
# Not compiled, but named by the package.
COPY Tests Tests
RUN swift build -c release --product hale --static-swift-stdlib -Xlinker -s

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="hale watch" \
      org.opencontainers.image.description="Heals unhealthy containers of Docker or Podman" \
      # It does not restart itself.
      autoheal="false"
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libcurl4 libfyaml0 libmicrohttpd12 libsqlite3-0 libssl3 \
        libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    # Whoever it runs as keeps the journal here.
    && mkdir -m 1777 -p /var/lib/hale
# Asked by the health check, and from within the container alone unless another address is given.
ENV HALE_STATE=/var/lib/hale \
    HALE_WATCH_LISTEN=127.0.0.1:10098
COPY --from=build /hale/.build/release/hale /usr/local/bin/hale
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=15s --retries=3 CMD ["/usr/local/bin/hale", "watch", "--health"]
ENTRYPOINT ["/usr/local/bin/hale", "watch"]

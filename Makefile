# make up      install what is missing, build, start Examples/critical-stack and wait until all of it is healthy
# make down    stop it, in order
# make man     the manual page and the completion of bash, zsh and fish, in .build/share
# make install-man PREFIX=/usr/local   the same where the shells and man look for them
# make test    everything that CI runs
#
# Each of them may be run again at any time.

STACK := Examples/critical-stack/compose.yaml
HALE := .build/release/hale
SHARE := .build/share
PREFIX ?= /usr/local
SWIFT_BUILD := swift build -c release --product hale --static-swift-stdlib

.PHONY: build up down man install-man test lint unit-test acceptance-test mutation-check bench-recovery bench-scale \
        bench-logs bench-gateway bench-clients bench-watch bench-containers bench-dashboard clean install install-for-tests

build: install
	$(SWIFT_BUILD)

up: build
	@$(HALE) -f $(STACK) up -d --wait

down:
	@if [ -x $(HALE) ]; then $(HALE) -f $(STACK) down; else echo "nothing was built, so nothing runs"; fi

man: build
	@mkdir -p $(SHARE)/man/man1 $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions \
		$(SHARE)/fish/vendor_completions.d
	$(HALE) man >$(SHARE)/man/man1/hale.1
	$(HALE) completion bash >$(SHARE)/bash-completion/completions/hale
	$(HALE) completion zsh >$(SHARE)/zsh/site-functions/_hale
	$(HALE) completion fish >$(SHARE)/fish/vendor_completions.d/hale.fish

install-man: man
	mkdir -p $(DESTDIR)$(PREFIX)/share
	cp -R $(SHARE)/. $(DESTDIR)$(PREFIX)/share

test: lint unit-test acceptance-test

lint: install-for-tests
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	scripts/lint

unit-test: install-for-tests
	swift test

acceptance-test: install-for-tests build
	Tests/AcceptanceTests/run

mutation-check: install-for-tests
	scripts/mutation-check

bench-recovery: install-for-tests build
	Benchmarks/recovery/run

bench-scale: install-for-tests build
	Benchmarks/scale/run --check

bench-logs: install-for-tests build
	Benchmarks/logs/run --check

bench-gateway: install-for-tests build
	Benchmarks/gateway/run --check

bench-clients: install-for-tests build
	Benchmarks/clients/run --check

bench-watch: install-for-tests build
	Benchmarks/watch/run

bench-containers: install-for-tests build
	Benchmarks/containers/run

bench-dashboard: install-for-tests build
	Benchmarks/dashboard/run --check

install:
	@scripts/install

install-for-tests:
	@scripts/install --test

clean:
	rm -rf .build

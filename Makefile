# The verbs of this repository. `make run` and `make test` do all the set-up on a fresh machine.

SWIFT ?= swift
HOME_DIR ?= .roost
LIBRARIES = libm.functions.json libc.functions.json zlib.functions.json sqlite.functions.yaml \
	crypt.functions.json
EXAMPLES = Hello Users Orders Airports Thumbnail WordCount Events PriceList
PACKAGES = gcc g++ make pkg-config libc6-dev libffi-dev libjemalloc-dev libsqlite3-dev libssl-dev \
	libjpeg-dev libpng-dev tzdata python3 python3-pip curl binutils procps

# Tests that start hosts and cells and count what is left of them: after the others. All go one at a time:
# a thousand at once share as few threads as there are cores, and each waits for the slowest.
WITH_PROCESSES = ^(CellRuntimeTests|CellSupervisionTests|EndToEndTests)\.

# What failed is said again at the end, where it is seen.
FINDINGS = .build/findings
NAMING_FAILURES = --xunit-output $(FINDINGS).xml || { echo; echo 'These tests failed:'; \
	grep -h -B1 '<failure' $(FINDINGS)*.xml; exit 1; }

.PHONY: help run test build setup data validators format lint bench campaign suites oracle clean

help:
	@echo 'make run       build in release, start the host with the example plugins'
	@echo 'make test      build and run every test'
	@echo 'make build     leave roost, roost-cell and the examples in .build/release'
	@echo 'make format    format the sources;  make lint  only check them'
	@echo 'make bench     measure, side by side with floors and peers'
	@echo 'make campaign  the long campaign of faults;  make suites  the other suites, for long'

# What is missing of the system's packages; sudo only where it is needed.
setup:
	@command -v $(SWIFT) >/dev/null || { \
		echo 'The Swift toolchain (6.3 or newer) is not on the PATH: see https://swift.org/install'; exit 1; }
	@missing=''; for package in $(PACKAGES); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
			|| missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then \
		echo "installing:$$missing"; \
		sudo=''; [ "$$(id -u)" = 0 ] || sudo='sudo'; \
		$$sudo apt-get update -qq && \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing \
			>/dev/null; fi

# The open data that the Airports example searches.
data: setup
	@Plugins/Airports/fetch-data.sh

# What judges the documents that are published.
validators: setup
	@Tests/Oracles/fetch.sh

build: setup data
	$(SWIFT) build -c release

run: build
	@mkdir -p -m 0700 $(HOME_DIR) $(HOME_DIR)/plugins
	@for name in $(EXAMPLES); do \
		install -m 0644 .build/release/lib$$name.so $(HOME_DIR)/plugins/.lib$$name.so && \
		mv -f $(HOME_DIR)/plugins/.lib$$name.so $(HOME_DIR)/plugins/lib$$name.so || exit 1; done
	@for file in $(LIBRARIES); do \
		install -m 0644 Plugins/CLibraries/$$file $(HOME_DIR)/plugins/.$$file && \
		mv -f $(HOME_DIR)/plugins/.$$file $(HOME_DIR)/plugins/$$file || exit 1; done
	@.build/release/roost serve --home $(HOME_DIR) --examples

test: setup data validators
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --no-parallel --skip '$(WITH_PROCESSES)' $(NAMING_FAILURES)
	$(SWIFT) test --skip-build --no-parallel --filter '$(WITH_PROCESSES)' $(NAMING_FAILURES)
	$(SWIFT) test --package-path sdk --scratch-path .build-sdk $(NAMING_FAILURES)

# The short version of every program in Tests/Benchmarks; its README has the long ones.
bench: PACKAGES += inotify-tools
bench: setup
	@command -v wrk >/dev/null || { echo 'make bench needs wrk: apt-get install wrk'; exit 1; }
	$(SWIFT) build -c release
	python3 Tests/Benchmarks/drop.py --rounds 10
	python3 Tests/Benchmarks/swap.py --swaps 200
	python3 Tests/Benchmarks/density.py --plugins 500 --swift 25
	python3 Tests/Benchmarks/stream.py --mebibytes 256
	python3 Tests/Benchmarks/rate.py --rounds 3 --seconds 2
	python3 Tests/Benchmarks/faults.py --seconds 3
	python3 Tests/Benchmarks/hog.py --seconds 3
	python3 Tests/Benchmarks/overhead.py
	python3 Tests/Benchmarks/queue.py --rounds 1 --seconds 3
	.build/release/foreign-bench
	python3 Tests/Benchmarks/files.py --files 200 --tree 20000

# Every fault of the zoo very often, on release binaries, in an order that the printed seed repeats. It
# goes on where it was when it was ended, or its minutes were over: SEED=7 (that one's campaign),
# MINUTES=30, ONLY=contained,loop (groups or kinds; queue is 10,000 kills of the
# queue), AGAIN=loop (forgets what came of it before).
MINUTES ?= 60

campaign: setup data
	$(SWIFT) build -c release
	$(SWIFT) build --build-tests
	ROOST_TEST_PRODUCTS='$(CURDIR)/.build/release' ROOST_CAMPAIGN_MINUTES='$(MINUTES)' \
		ROOST_CAMPAIGN_SEED='$(SEED)' ROOST_CAMPAIGN_ONLY='$(ONLY)' ROOST_CAMPAIGN_AGAIN='$(AGAIN)' \
		ROOST_CAMPAIGN_RATE='$(RATE)' \
		$(SWIFT) test --skip-build --no-parallel --filter 'EndToEndTests.(Queue)?CampaignTests'

# What else is tried often, one suite after the other.
ROUNDS ?= 500
SUITES = ForeignTests OpenAPITests AsyncKillTests QueueKillTests ScheduleKillTests FileKillTests FileStormTests ContainmentTests CorruptionTests CrashLoopTests CrashRecordTests KilledCellTests LeakTests WindowTests

suites: setup data validators
	$(SWIFT) build --build-tests
	@for suite in $(SUITES); do \
		ROOST_TEST_ROUNDS=$(ROUNDS) ROOST_TEST_FILES=50000 $(SWIFT) test --skip-build --no-parallel \
			--filter "EndToEndTests.$$suite" || failed=1; \
	done; [ -z "$$failed" ]

# When schedules are due, against a plain enumeration in Python over all changes of the clocks.
oracle: setup
	$(SWIFT) build --product roost
	python3 Tests/Oracles/cron.py --program .build/debug/roost --expressions 500

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Plugins sdk

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Plugins sdk

clean:
	rm -rf .build .build-sdk

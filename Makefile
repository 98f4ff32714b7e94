# vacant: every target that a contributor or a machine runs. See CONTRIBUTING.md.
GO        ?= go
LINT      := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
TAGS      := netgo
BUILD     := CGO_ENABLED=0 $(GO) build -trimpath -tags $(TAGS)
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
# The race detector needs cgo and a C compiler; the product never does.
RACE      := $(shell command -v $${CC:-gcc} >/dev/null 2>&1 && echo -race)

.PHONY: all build check test vet lint cross deps bench scale fuzz kills nights rates hurt hostile clean

all: build

build: ## the binary, ./vacant
	$(BUILD) -o vacant ./cmd/vacant

check: build vet lint test ## everything that must hold before a commit lands; installs nothing

vet:
	CGO_ENABLED=0 $(GO) vet -tags $(TAGS) ./...

lint:
	CGO_ENABLED=0 GOFLAGS= $(GO) run $(LINT) run --allow-parallel-runners ./...

test:
	@test -n "$(RACE)" || echo "SKIPPED: needs gcc, run make deps (tests run without the race detector)"
	sh .ci/test $(RACE)

cross: ## every platform the product is built for
	@for p in $(PLATFORMS); do echo "build $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} $(BUILD) -o /dev/null ./cmd/vacant || exit 1; done
	@for p in darwin/arm64 windows/amd64; do echo "vet $$p"; CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) vet -tags $(TAGS) ./... || exit 1; done

deps: ## the Debian packages that the real-server tests need (as root)
	sh .ci/deps

bench: build ## whole-process measurements, tables on stdout; PAIRS=n, MEASURE="engine loss ..."
	$(GO) run ./cmd/internal/measure -pairs $(or $(PAIRS),5) $(MEASUREFLAGS) $(MEASURE)

scale: ## the store with 1, 10 and 100 million names of each kind: a table on stdout; SCALE=n, SCALEFLAGS=..., stores in TMPDIR
	$(GO) test -count=1 -v -timeout 4h -run TestScale ./store -args -scale $(or $(SCALE),100000000) $(SCALEFLAGS)

fuzz: ## each fuzz target for FUZZTIME (default 1m)
	sh .ci/fuzz $(or $(FUZZTIME),1m)

kills: ## KILLS (default 1000) kill -9 of running hunts, at moments that SEED (default 1) chooses; about 25 minutes
	KILLS=$(or $(KILLS),1000) SEED=$(or $(SEED),1) $(GO) test -count=1 -tags $(TAGS) -v -timeout 6h -run TestKills ./cmd/internal/campaign

nights: ## two nights over a million names, and one world's bytes over every way of hunting in it; about 10 minutes
	NIGHTS=2 $(GO) test -count=1 -tags $(TAGS) -v -timeout 2h -run 'TestNights|TestSameBytes' ./cmd/internal/campaign

rates: ## RATES (default 150) seconds of three hunts at once over 50 registries with limits of their own, one killed again and again
	RATES=$(or $(RATES),150) $(GO) test -count=1 -tags $(TAGS) -v -timeout 1h -run TestRates ./cmd/internal/campaign

hurt: ## what can happen to a store file: HURT_FILES (default 1000) damaged ones, HURT_SEED; disks full, failing, slow; about 8 minutes
	HURT_FILES=$(or $(HURT_FILES),1000) HURT_SYNC=5 $(GO) test -count=1 -tags $(TAGS) -timeout 60m -v ./cmd/internal/hurt

hostile: ## HOSTILE (default 1000000) labelled names among registries that lie, refuse, break and turn; a WHOIS server that throttles half of each minute; SEED, TURNS (default 1s,3s)
	HOSTILE=$(or $(HOSTILE),1000000) SEED=$(or $(SEED),1) POOLS=10 $(GO) test -count=1 -tags $(TAGS) -v -timeout 3h ./cmd/internal/hostile

clean:
	rm -rf vacant dist

# Only Go and make are needed. Tests against programs that are missing are
# skipped by name, and fail where CI=true.

GO          ?= go
PREFIX      ?= /usr/local
FUZZTIME    ?= 3s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
PLATFORMS   := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

<<<<<<< HEAD
.PHONY: build demo test check format vet staticcheck race fuzz cross bench matrix configs agree install
=======
.PHONY: build demo test golden check format vet staticcheck race fuzz cross bench matrix between agree install
>>>>>>> main

build:
	CGO_ENABLED=0 $(GO) build -trimpath -tags urfave_cli_no_docs -o bin/mutual ./cmd/mutual

demo: build
	@bin/mutual demo

test:
	$(GO) test -timeout 10m ./...

# What tests hold against files that the program itself has written: golden
# texts, the catalogue of codes, the demo in the README. Review the difference.
golden:
	$(GO) test ./cmd/internal/render -update
	$(GO) test ./cmd/mutual -run '^TestCatalogue' -update-catalogue
	MUTUAL_UPDATE=1 $(GO) test ./cmd/mutual -run '^TestReadmeDemo'

check: format vet staticcheck cross race fuzz

format:
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }

# Evidence is a triple, and written as one.
vet:
	$(GO) vet -composites=false ./...

staticcheck:
	$(GO) run $(STATICCHECK) ./...

cross:
	@for p in $(PLATFORMS); do \
		echo "compile for $$p"; \
		CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build ./... || exit 1; \
	done

# The race detector needs a C compiler.
race:
	@if command -v $${CC:-cc} >/dev/null; then \
		echo "$(GO) test -race -short ./..."; CGO_ENABLED=1 $(GO) test -race -short -timeout 10m ./...; \
	elif [ "$$CI" = true ]; then echo "race: no C compiler" >&2; exit 1; \
	else echo "race: skipped, no C compiler"; fi

# go test takes one fuzz target at a time. A target is any FuzzXxx in the tree.
fuzz:
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | while IFS=: read -r file func; do \
		name=$${func#func }; echo "fuzz $$name in $$(dirname $$file) for $(FUZZTIME)"; \
		$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname $$file)" </dev/null || exit 1; \
	done

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

matrix:
	MUTUAL_MATRIX=1 $(GO) test -count=1 -run '^Test(Matrix|Acceptance)' -v -timeout 30m ./fixtures/stack

<<<<<<< HEAD
# Every configuration that mutual config writes, on the real programs; make test has the fast ones.
configs:
	MUTUAL_CONFIGS=1 $(GO) test -count=1 -run '^TestConfigured' -v -timeout 10m ./cmd/mutual
=======
# What is said of connections between real programs, from their midst.
between:
	MUTUAL_MATRIX=1 $(GO) test -count=1 -run '^TestBetween$$' -v -timeout 30m ./fixtures/stack
>>>>>>> main

# The judges of OpenSSL's and Java's verdicts against the programs, over random chains.
agree:
	MUTUAL_AGREE=10000 $(GO) test -count=1 -run '^TestAgreement' -v -timeout 30m ./diagnose/chain/openssl ./diagnose/chain/java

install: build
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 bin/mutual "$(DESTDIR)$(PREFIX)/bin/mutual"

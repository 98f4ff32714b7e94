package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTreeKeepsEveryRule(t *testing.T) {
	files, err := Load(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files found: the walk went wrong", len(files))
	}
	for _, rule := range Rules {
		t.Run(rule.Name, func(t *testing.T) {
			for _, line := range rule.Check(files) {
				t.Error(line)
			}
		})
	}
}

// Each rule must fail on a tree that breaks it, or it guards nothing.
func TestEveryRuleFailsOnABadFixture(t *testing.T) {
	fixtures := map[string]map[string]string{
		"rooms never import each other":                            {"store/a.go": `import _ "vacant/dnsstage/wire"`},
		"nothing outside cmd imports cmd":                          {"generator/a.go": `import _ "vacant/cmd/internal/lab"`},
		"the root package imports no room":                         {"a.go": `import _ "vacant/store"`},
		"heavy dependencies have one owner":                        {"rdapstage/a.go": `import _ "go.etcd.io/bbolt"`},
		"who asks reads nothing":                                   {"rdapstage/ask/a.go": `import _ "vacant/rdapstage/reading"`},
		"one place asks registries":                                {"rdapstage/a.go": "import \"net\"\n\nvar d net.Dialer"},
		"who reads replies asks nobody":                            {"rdapstage/reading/a.go": `import _ "net/http"`},
		"the lab and the fakes share no code with what they judge": {"cmd/internal/lab/a.go": `import _ "vacant/rdapstage"`},
		"main.go alone exits and listens for signals":              {"cmd/vacant/check.go": "import \"os\"\nfunc f() { os.Exit(1) }"},
		"no init functions":                                        {"store/a.go": "func init() {}"},
		"one package document a directory":                         {"store/a.go": "", "store/b.go": ""},
		"gofmt leaves every file alone":                            {"store/a.go": "func  f() {}"},
		"no cgo":                                                   {"dnsstage/a.go": `import "C"`},
	}
	for _, rule := range Rules {
		t.Run(rule.Name, func(t *testing.T) {
			fixture, ok := fixtures[rule.Name]
			if !ok {
				t.Fatal("the rule has no bad fixture")
			}
			if bad := rule.Check(load(t, fixture)); len(bad) == 0 {
				t.Error("the rule passed a tree that breaks it")
			}
		})
	}
}

// A fixture's clean twin must pass, or the rule would cry at everything.
func TestRulesPassACleanFixture(t *testing.T) {
	files := load(t, map[string]string{
		"a.go":                     `import _ "golang.org/x/net/idna"`,
		"store/a.go":               "import (\n\t_ \"go.etcd.io/bbolt\"\n\n\t_ \"vacant\"\n)\n",
		"cmd/vacant/main.go":       "import \"os\"\n\nfunc main() { os.Exit(0) }\n",
		"dnsstage/udp/a.go":        `import _ "vacant/dnsstage/wire"`,
		"cmd/internal/lab/a.go":    `import _ "vacant"`,
		"rdapstage/facts/a.go":     `import _ "net"`,
		"rdapstage/rdaptest/a.go":  `import _ "net/http"`,
		"rdapstage/ask/a.go":       "import (\n\t\"net\"\n\n\t_ \"vacant/rdapstage/facts\"\n)\n\nvar d net.Dialer\n",
		"cmd/internal/pipeline.go": `import _ "vacant/store"`,
	})
	for _, rule := range Rules {
		for _, line := range rule.Check(files) {
			t.Errorf("%s: %s", rule.Name, line)
		}
	}
}

// load writes a fixture as a tree and parses it.
func load(t *testing.T, fixture map[string]string) []*File {
	t.Helper()
	root := t.TempDir()
	for name, body := range fixture {
		p := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		src := "// Package p is a fixture.\npackage p\n\n" + body
		if body == "" {
			src = strings.TrimSuffix(src, "\n\n") + "\n"
		} else if !strings.HasSuffix(src, "\n") {
			src += "\n"
		}
		if err := os.WriteFile(p, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

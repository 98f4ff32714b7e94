package vacant

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// icannRules are the rules of the list's ICANN section, as the list's own
// package holds them for its tests: its functions do not enumerate them.
func icannRules(t *testing.T) []string {
	t.Helper()
	dir, err := build.Import("golang.org/x/net/publicsuffix", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir.Dir, "table_test.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	count, rules := 0, []string(nil)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return true
		}
		switch v := spec.Values[0].(type) {
		case *ast.BasicLit:
			if spec.Names[0].Name == "numICANNRules" {
				count, _ = strconv.Atoi(v.Value)
			}
		case *ast.CompositeLit:
			if spec.Names[0].Name != "rules" {
				break
			}
			for _, e := range v.Elts {
				text, _ := strconv.Unquote(e.(*ast.BasicLit).Value)
				rules = append(rules, text)
			}
		}
		return true
	})
	if count < 1000 || len(rules) < count {
		t.Fatalf("%d rules of which %d are ICANN's: the list's package has changed its shape", len(rules), count)
	}
	return rules[:count]
}

func TestNoSuffixBeginsBelowAFlatTLD(t *testing.T) {
	var s Suffixes
	flat := 0
	for _, rule := range icannRules(t) {
		tld := rule[strings.LastIndexByte(rule, '.')+1:]
		switch {
		case tld != rule && s.Flat(tld):
			t.Errorf("%s is flat although %s is a suffix", tld, rule)
		case tld == rule && s.Flat(tld):
			flat++
		}
	}
	if flat < 30 {
		t.Errorf("%d flat TLDs stand in the list, want all that are named", flat)
	}
	for _, tld := range []string{"uk", "jp", "co.uk", "", "nosuchtld", "github.io"} {
		if s.Flat(tld) {
			t.Errorf("%q is flat", tld)
		}
	}
}

func TestEveryNameBelowAFlatTLDIsSold(t *testing.T) {
	byHand := NewSuffixes("my.com")
	for _, name := range []Name{"x.com", "co.com", "blogspot.com", "my.com", "github.dev", "web.app", "xn--bcher-kva.org"} {
		if !byHand.Flat(name.Parent()) {
			t.Errorf("%s is not flat", name.Parent())
		}
		if err := byHand.Check(name); err != nil {
			t.Error(err)
		}
	}
}

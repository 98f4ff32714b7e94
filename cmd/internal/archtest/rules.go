package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Module is the module's path.
const Module = "vacant"

// File is one Go file of the tree.
type File struct {
	Path string // slash-separated, relative to the tree's root
	Test bool
	AST  *ast.File
	Src  []byte
	fset *token.FileSet
}

// Dir returns the directory of the file, "." for the root package.
func (f *File) Dir() string { return path.Dir(f.Path) }

// below reports whether the file is in dir or below it.
func (f *File) below(dir string) bool {
	return f.Dir() == dir || strings.HasPrefix(f.Dir(), dir+"/")
}

// Load parses every Go file below root, leaving out testdata and hidden folders.
func Load(root string) ([]*File, error) {
	var files []*File
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != root && (name == "testdata" || strings.HasPrefix(name, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parse(root, p)
		files = append(files, f)
		return err
	})
	return files, err
}

func parse(root, p string) (*File, error) {
	rel, err := filepath.Rel(root, p)
	if err != nil {
		return nil, err
	}
	src, err := os.ReadFile(p)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, p, src, parser.ParseComments)
	return &File{Path: filepath.ToSlash(rel), Test: strings.HasSuffix(p, "_test.go"), AST: tree, Src: src, fset: fset}, err
}

// Rule finds what breaks it: one line a place, with the reason.
type Rule struct {
	Name  string
	Check func(files []*File) []string
}

// Rules are all of them.
var Rules = []Rule{
	{"rooms never import each other", roomsApart},
	{"nothing outside cmd imports cmd", cmdIsTop},
	{"the root package imports no room", rootIsBottom},
	{"heavy dependencies have one owner", oneOwner},
	{"who asks reads nothing", askersReadNothing},
	{"one place asks registries", onePlaceAsks},
	{"who reads replies asks nobody", readersPure},
	{"the lab and the fakes share no code with what they judge", labApart},
	{"main.go alone exits and listens for signals", mainAlone},
	{"no init functions", noInit},
	{"one package document a directory", oneDoc},
	{"gofmt leaves every file alone", formatted},
	{"no cgo", noCgo},
}

// rooms are the stages; what is below one belongs to it.
var rooms = []string{"generator", "store", "dnsstage", "rdapstage"}

// roomOf returns the room that a directory belongs to, "" for none.
func roomOf(dir string) string {
	top, _, _ := strings.Cut(dir, "/")
	if slices.Contains(rooms, top) {
		return top
	}
	return ""
}

// imports returns f's imports as directories of the module ("." is the root
// package) and as foreign paths.
func imports(f *File) (own, foreign []string) {
	for _, spec := range f.AST.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		switch {
		case err != nil:
		case p == Module:
			own = append(own, ".")
		case strings.HasPrefix(p, Module+"/"):
			own = append(own, strings.TrimPrefix(p, Module+"/"))
		default:
			foreign = append(foreign, p)
		}
	}
	return own, foreign
}

func roomsApart(files []*File) (bad []string) {
	for _, f := range files {
		room := roomOf(f.Dir())
		own, _ := imports(f)
		for _, p := range own {
			if other := roomOf(p); room != "" && other != "" && other != room {
				bad = append(bad, fmt.Sprintf("%s imports %s: rooms meet in cmd/internal/pipeline", f.Path, p))
			}
		}
	}
	return bad
}

func cmdIsTop(files []*File) (bad []string) {
	for _, f := range files {
		own, _ := imports(f)
		for _, p := range own {
			if strings.HasPrefix(p, "cmd/") && !strings.HasPrefix(f.Path, "cmd/") {
				bad = append(bad, fmt.Sprintf("%s imports %s: the rooms do not know who uses them", f.Path, p))
			}
		}
	}
	return bad
}

func rootIsBottom(files []*File) (bad []string) {
	for _, f := range files {
		if f.Dir() != "." || f.Test {
			continue
		}
		own, foreign := imports(f)
		for _, p := range own {
			bad = append(bad, fmt.Sprintf("%s imports %s: the shared words know no room", f.Path, p))
		}
		for _, p := range foreign {
			std := !strings.Contains(strings.Split(p, "/")[0], ".")
			if !std && p != "golang.org/x/net/idna" && p != "golang.org/x/net/publicsuffix" {
				bad = append(bad, fmt.Sprintf("%s imports %s: the shared words take the standard library, idna and the suffix list only", f.Path, p))
			}
		}
	}
	return bad
}

// owners says which directories alone may import a heavy dependency.
var owners = []struct {
	dependency string
	dirs       []string
}{
	{"github.com/spf13/cobra", []string{"cmd/vacant"}},
	{"github.com/knadh/koanf", []string{"cmd/vacant"}},
	{"github.com/vbauerster/mpb", []string{"cmd/internal/ui"}},
	{"go.etcd.io/bbolt", []string{"store"}},
	{"github.com/miekg/dns", []string{"dnsstage"}},
	{"github.com/openrdap/rdap", []string{"rdapstage"}},
	{"github.com/likexian/whois", []string{"rdapstage"}},
	{"golang.org/x/sys/unix", []string{"dnsstage/udp", "dnsstage/dnstest", "store/budget"}},
}

func oneOwner(files []*File) (bad []string) {
	for _, f := range files {
		_, foreign := imports(f)
		for _, p := range foreign {
			for _, o := range owners {
				owned := p == o.dependency || strings.HasPrefix(p, o.dependency+"/")
				if owned && !slices.ContainsFunc(o.dirs, f.below) {
					bad = append(bad, fmt.Sprintf("%s imports %s, which %s owns", f.Path, p, strings.Join(o.dirs, " and ")))
				}
			}
		}
	}
	return bad
}

// unreaders are packages that who only reads has no use for.
var unreaders = []string{"context", "net/http", "os", "os/exec", "vacant/rdapstage"}

// readersPure keeps the tables and the classifiers free of asking: what they
// say depends on what they are given alone, and knows nothing of stage two.
func readersPure(files []*File) (bad []string) {
	for _, f := range files {
		if f.Test || f.Dir() != "rdapstage/facts" && f.Dir() != "rdapstage/reading" {
			continue
		}
		for _, spec := range f.AST.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil || slices.Contains(unreaders, p) || p == "net" && f.Dir() == "rdapstage/reading" {
				bad = append(bad, fmt.Sprintf("%s imports %s: it reads what it is given and asks nobody", f.Path, p))
			}
		}
	}
	return bad
}

// askersReadNothing keeps opinions out of what is asked and recorded.
func askersReadNothing(files []*File) (bad []string) {
	for _, f := range files {
		own, _ := imports(f)
		for _, p := range own {
			if f.Dir() == "rdapstage/ask" && !f.Test && p != "." && p != "rdapstage/facts" {
				bad = append(bad, fmt.Sprintf("%s imports %s: it asks and records, and has no opinion", f.Path, p))
			}
		}
	}
	return bad
}

// onePlaceAsks keeps stage two's connections behind the one guard: nobody else in
// the room dials, or has a client or a WHOIS library that would.
func onePlaceAsks(files []*File) (bad []string) {
	dials := []string{"net.Dial", "net.DialTimeout", "net.Dialer", "net.DialTCP", "tls.Dial", "http.Client", "http.Transport", "http.Get", "http.DefaultClient"}
	for _, f := range files {
		if roomOf(f.Dir()) != "rdapstage" || f.Test || f.below("rdapstage/ask") || f.below("rdapstage/rdaptest") {
			continue
		}
		if _, foreign := imports(f); slices.Contains(foreign, "github.com/likexian/whois") {
			bad = append(bad, fmt.Sprintf("%s imports a WHOIS client: rdapstage/ask asks", f.Path))
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(dials, pkg.Name+"."+sel.Sel.Name) {
					bad = append(bad, fmt.Sprintf("%s:%d: %s.%s belongs in rdapstage/ask, behind the guard", f.Path, f.fset.Position(n.Pos()).Line, pkg.Name, sel.Sel.Name))
				}
			}
			return true
		})
	}
	return bad
}

// judges are the directories that tell the truth which the stages are judged by.
var judges = []string{"cmd/internal/lab", "dnsstage/dnstest", "rdapstage/rdaptest"}

func labApart(files []*File) (bad []string) {
	for _, f := range files {
		if !slices.Contains(judges, f.Dir()) {
			continue
		}
		own, foreign := imports(f)
		for _, p := range own {
			if roomOf(p) != "" {
				bad = append(bad, fmt.Sprintf("%s imports %s, which it judges: bugs would cancel out", f.Path, p))
			}
		}
		for _, p := range foreign {
			parsers := strings.HasPrefix(p, "github.com/openrdap") || strings.HasPrefix(p, "github.com/likexian")
			if parsers || f.Dir() == "cmd/internal/lab" && strings.HasPrefix(p, "github.com/miekg") {
				bad = append(bad, fmt.Sprintf("%s imports %s, the parser of what it judges", f.Path, p))
			}
		}
	}
	return bad
}

// mains are the mains of programs: the product's, and the one that measures it.
var mains = []string{"cmd/vacant/main.go", "cmd/internal/measure/main.go"}

func mainAlone(files []*File) (bad []string) {
	forbidden := []string{"os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "signal.Notify", "signal.NotifyContext"}
	for _, f := range files {
		if slices.Contains(mains, f.Path) || f.Test {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(forbidden, pkg.Name+"."+sel.Sel.Name) {
				bad = append(bad, fmt.Sprintf("%s:%d: %s.%s belongs in a main.go", f.Path, f.fset.Position(n.Pos()).Line, pkg.Name, sel.Sel.Name))
			}
			return true
		})
	}
	return bad
}

func noInit(files []*File) (bad []string) {
	for _, f := range files {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				bad = append(bad, fmt.Sprintf("%s has an init function: nothing happens before it is asked for", f.Path))
			}
		}
	}
	return bad
}

func oneDoc(files []*File) (bad []string) {
	docs := make(map[string]int)
	for _, f := range files {
		if f.Test {
			continue
		}
		n := docs[f.Dir()]
		if f.AST.Doc != nil {
			n++
		}
		docs[f.Dir()] = n
	}
	for dir, n := range docs {
		if n != 1 {
			bad = append(bad, fmt.Sprintf("%s has %d package documents, not one", dir, n))
		}
	}
	slices.Sort(bad)
	return bad
}

func formatted(files []*File) (bad []string) {
	for _, f := range files {
		want, err := format.Source(f.Src)
		if err != nil || !bytes.Equal(want, f.Src) {
			bad = append(bad, fmt.Sprintf("%s: gofmt would change it", f.Path))
		}
	}
	return bad
}

func noCgo(files []*File) (bad []string) {
	for _, f := range files {
		_, foreign := imports(f)
		if slices.Contains(foreign, "C") {
			bad = append(bad, fmt.Sprintf("%s imports C: the product is built without cgo", f.Path))
		}
	}
	return bad
}

package archtest

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The map of docs/architecture.md names every file of every room, and none that is not there.
func TestMapNamesEveryFile(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := mapped(string(text))
	if len(named) < 100 {
		t.Fatalf("only %d files named: the map is not where it was", len(named))
	}
	files, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	rooms := make(map[string]bool) // helpers of tests have no table
	for name := range named {
		rooms[path.Dir(name)] = true
	}
	for _, f := range files {
		if !f.Test && rooms[f.Dir()] && path.Base(f.Path) != "doc.go" && !named[f.Path] && !named[system.ReplaceAllString(f.Path, "_*.go")] {
			t.Errorf("the map lacks %s", f.Path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if found, err := filepath.Glob(filepath.Join(root, name)); err != nil || len(found) == 0 {
			t.Errorf("the map names %s, which is not there: %v", name, err)
		}
	}
}

var (
	quoted = regexp.MustCompile("`([^`]+)`")
	system = regexp.MustCompile(`_(linux|windows|unix|other|default)\.go$`) // one file for each
)

// mapped returns the paths of the files that the tables below "The files" name.
func mapped(text string) map[string]bool {
	_, text, _ = strings.Cut(text, "\n## The files\n")
	named, dir := make(map[string]bool), ""
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "**") {
			if room := quoted.FindStringSubmatch(line); room != nil {
				dir = room[1]
			}
			continue
		}
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		for _, name := range quoted.FindAllStringSubmatch(cells[1], -1) {
			named[path.Join(dir, name[1])] = true
		}
	}
	return named
}

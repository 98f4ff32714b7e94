package reading

import (
	"os"
	"path/filepath"
	"testing"
)

// ownSamples are the texts under testdata/whois at the top: HOST/NAME.VERDICT.txt.
func ownSamples(tb testing.TB, kind string) []string {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", kind, "*", "*"))
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no samples under testdata/%s: %v", kind, err)
	}
	return paths
}

func readSample(tb testing.TB, path string) []byte {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

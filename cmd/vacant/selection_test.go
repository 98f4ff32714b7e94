package main

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"vacant"
)

// A reason that --reason does not know could not be asked for.
func TestEveryReasonCanBeAskedFor(t *testing.T) {
	source, err := os.ReadFile("../../verdict.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Reason = "([a-z0-9-]+)"`).FindAllSubmatch(source, -1)
	if len(found) != len(reasons) {
		t.Errorf("%d reasons in verdict.go, %d here", len(found), len(reasons))
	}
	for _, m := range found {
		if !slices.Contains(reasons, vacant.Reason(m[1])) {
			t.Errorf("--reason does not know %s", m[1])
		}
	}
}

package pipeline

import (
	"reflect"
	"testing"

	"vacant/generator"
	"vacant/store"
)

func TestManifestTellsWhatWasAsked(t *testing.T) {
	g := &generator.Config{Patterns: []string{"[a-z]{3}"}, Wordlist: "words.txt", Lists: []string{"-"}, Names: []string{"a", "b"}, Random: true, Seed: 7, Shard: 2, ShardsTotal: 16}
	want := store.RunDetails{Version: "v1", Sources: []string{"pattern [a-z]{3}", "wordlist words.txt", "list -", "names 2"}, TLDs: []string{"com"},
		Shard: "2/16", Order: "random", Seed: 7}
	if got := details("v1", g, []string{"com"}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want = store.RunDetails{Order: "sequential"}
	if got := details("", &generator.Config{}, nil); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

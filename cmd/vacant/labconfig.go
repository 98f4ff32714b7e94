package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"vacant/cmd/internal/lab"
	"vacant/store"
)

// writeConfig writes the settings file that --write-config names. It appears
// whole, so that a script can wait for it.
func (l *labCommand) writeConfig(running *lab.Lab) error {
	if l.config == "" {
		return nil
	}
	sink, err := store.CreateSink(l.config, l.stdout)
	if err != nil {
		return ioFailure(fmt.Errorf("write config: %w", err))
	}
	defer sink.Abort()
	if err := labSettings(sink, running); err != nil {
		return ioFailure(err)
	}
	return ioFailure(sink.Commit())
}

// labSettings writes the settings that make other commands use the lab.
func labSettings(w io.Writer, running *lab.Lab) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# A running vacant lab, started %s.\n", time.Now().UTC().Format(time.RFC3339))
	fmt.Fprintf(&b, "world = %q\nroots = %s\nrdap_bootstrap = %q\n", running.World(), tomlList(running.Roots()), running.BootstrapURL())
	fmt.Fprintf(&b, "# Other ways to ask:\n# resolvers = %s\n# proxy = %s\n", tomlList(running.Resolvers()), tomlList(running.Proxies()))
	if second := running.SecondSource(); len(second) > 0 {
		fmt.Fprintf(&b, "second_source = %s\n", tomlList(second))
	}
	tomlTable(&b, "rdap_server", running.Unlisted())
	tomlTable(&b, "whois_server", running.WHOIS())
	_, err := io.WriteString(w, b.String())
	return err
}

// tomlTable writes a table of strings, nothing for an empty one.
func tomlTable(b *strings.Builder, name string, entries map[string]string) {
	if len(entries) == 0 {
		return
	}
	fmt.Fprintf(b, "\n[%s]\n", name)
	for _, key := range sortedKeys(entries) {
		fmt.Fprintf(b, "%q = %q\n", key, entries[key])
	}
}

// tomlList returns a TOML array of strings.
func tomlList[T any](items []T) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = strconv.Quote(fmt.Sprint(item))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// sortedKeys returns the keys of m in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

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
	b.WriteString("\n[whois_server]\n")
	for _, tld := range sortedKeys(running.WHOIS()) {
		fmt.Fprintf(&b, "%q = %q\n", tld, running.WHOIS()[tld])
	}
	_, err := io.WriteString(w, b.String())
	return err
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

package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

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

// sortedKeys returns the keys of m in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

package store

import "encoding/json"

// RunDetails is what a person wants to know of a run months later and cannot
// read off its command line: what a default was then, which version it was.
type RunDetails struct {
	Version string   `json:"version,omitempty"` // of the program
	Sources []string `json:"sources,omitempty"` // patterns, files of words and lists, as they were named
	TLDs    []string `json:"tlds,omitempty"`    // suffixes
	Shard   string   `json:"shard,omitempty"`   // "2/16", counted from 1; "" = the whole
	Order   string   `json:"order,omitempty"`   // sequential or random
	Seed    uint64   `json:"seed,omitempty"`    // of the random order
	// Recipe is what makes the run's space again, so that its names can be told
	// from their indexes; the store does not look into it. None for a run without a space.
	Recipe json.RawMessage `json:"recipe,omitempty"`
}

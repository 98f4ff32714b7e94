//go:build race

package generator

// raced is whether the race detector watches, which makes every name ten times as dear.
const raced = true

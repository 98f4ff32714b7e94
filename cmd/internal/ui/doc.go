// Package ui is what a person sees of a run on stderr: live bars on a terminal,
// lines of progress elsewhere, and the summary at the end. It never writes to
// stdout and decides nothing. Its one goroutine is [Watch]'s; [Watcher.Stop] ends it.
package ui

// Package pipeline wires the rooms: generator, store, stage one, stage two. It
// has no flags, no sockets and no exit codes of its own; cmd/vacant gives it
// the rooms' configs and shows what it reports.
//
// Every channel is bounded, every close is in [Hunt.Run], and whoever receives
// a batch owns it.
package pipeline

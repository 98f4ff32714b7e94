// Package udp carries stage one's queries over UDP.
package udp

import (
	"errors"
	"vacant/dnsstage/wire"
)

// Config of an engine; the zero value works.
type Config struct {
	Inflight int    // queries in flight at most; default 20,000
	Sockets  int    // source ports per address family; default 4
	Seed     uint64 // of ids, ports and case; 0 = from the system
}

// New opens the sockets.
func New(cfg Config) (wire.Transport, error) { return nil, errors.New("udp: not built yet") }

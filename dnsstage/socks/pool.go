// Package socks carries stage one's queries over TCP: through SOCKS5 proxies
// (worker i owns one connection through proxy i mod M), or directly where there is no proxy.
package socks

import (
	"errors"
	"vacant"
	"vacant/dnsstage/wire"
)

// Config of a pool of workers.
type Config struct {
	Proxies []string       // SOCKS5 URLs; none = direct TCP
	Workers int            // default 500 with proxies, 16 without
	Lookup  *vacant.Lookup // resolves the proxies' own host names; required with proxies
	Seed    uint64
}

// New checks the proxy URLs and starts the workers; connections are made on demand.
func New(cfg Config) (wire.Transport, error) { return nil, errors.New("socks: not built yet") }

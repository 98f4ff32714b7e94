package dnsstage

import (
	"errors"
	"fmt"

	"vacant/dnsstage/socks"
	"vacant/dnsstage/udp"
	"vacant/dnsstage/wire"
)

// openTransports opens what queries travel over: UDP, and TCP for what UDP cuts
// short; with proxies TCP alone, so that no packet leaves beside them.
func openTransports(cfg *Config) (direct, stream wire.Transport, err error) {
	if len(cfg.Proxies) > 0 {
		if stream, err = openProxies(cfg)(cfg.Proxies, cfg.Concurrency); err != nil {
			return nil, nil, fmt.Errorf("proxies: %w", err)
		}
		return nil, stream, nil
	}
	if direct, err = udp.New(udp.Config{Inflight: cfg.Inflight, Seed: cfg.Seed, GSO: cfg.GSO}); err != nil {
		return nil, nil, fmt.Errorf("open UDP sockets: %w", err)
	}
	if stream, err = socks.New(socks.Config{Lookup: cfg.Lookup, Seed: cfg.Seed}); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open TCP: %w", err), direct.Close())
	}
	return direct, stream, nil
}

// openProxies opens workers behind the proxies given.
func openProxies(cfg *Config) func(urls []string, workers int) (wire.Transport, error) {
	return func(urls []string, workers int) (wire.Transport, error) {
		return socks.New(socks.Config{Proxies: urls, Workers: workers, Lookup: cfg.Lookup, Seed: cfg.Seed})
	}
}

package dnsstage

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage/wire"
)

// testProxies puts each proxy to the test.
func (l *loop) testProxies(ctx context.Context, urls []string, y yardstick) []honesty {
	found := make([]honesty, len(urls))
	var g errgroup.Group
	g.SetLimit(proxyChecks)
	for i, url := range urls {
		g.Go(func() error {
			found[i] = l.testProxy(ctx, url, y)
			return nil
		})
	}
	_ = g.Wait() // its functions return no error
	return found
}

// proxySetUp is what reaching a server through a proxy may take; the test of
// one that is slower ends as silence, for the others wait for it.
const proxySetUp = time.Second

// testProxy asks through one proxy alone.
func (l *loop) testProxy(ctx context.Context, url string, y yardstick) honesty {
	t, err := l.watch.open([]string{url}, 1)
	if err != nil {
		return proxySilent
	}
	defer func() { _ = t.Close() }() // nothing is in flight that anybody waits for
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout+proxySetUp)
	defer cancel()
	k := asker{exchange: alone(t), timeout: l.cfg.Timeout}
	if h := askKnown(ctx, &k, y, l.finder.randomLabel()+"."+y.suffix, vacant.StatusNXDomain); h != proxyHonest {
		return h
	}
	if y.sample == "" {
		return askUsual(ctx, &k, y)
	}
	if h := askKnown(ctx, &k, y, y.sample, vacant.StatusDelegated); h != proxyLiar || y.known {
		return h
	}
	return proxyDenies
}

// askKnown asks about a name whose status is known.
func askKnown(ctx context.Context, k *asker, y yardstick, name string, want vacant.Status) honesty {
	h := proxySilent
	read := func(a *answer) ruling {
		q := question{name: []byte(name), origin: y.origin, tcp: a.OverTCP}
		v := judge(&q, &a.Reply)
		switch {
		case v.cause&causeUnreachable != 0:
			return ruling{act: settle} // dead: more tries would tell nothing
		case v.act == settle && v.status == want:
			h = proxyHonest
		case v.act == settle, v.cause&causeNonsense != 0:
			h = proxyLiar
		}
		return v
	}
	if _, _, err := k.ask(ctx, y.servers, wire.Query{Name: []byte(name), Type: wire.TypeNS}, read); err != nil {
		return proxySilent
	}
	return h
}

// askUsual asks about names likely to be registered until one is delegated; the
// zone's own NS set is the last resort.
func askUsual(ctx context.Context, k *asker, y yardstick) honesty {
	for _, label := range usualNames {
		if h := askKnown(ctx, k, y, label+"."+y.suffix, vacant.StatusDelegated); h != proxyLiar {
			return h
		}
	}
	return askApex(ctx, k, y)
}

// askApex asks for the zone's own NS set: who says NXDOMAIN to everything says it here too.
func askApex(ctx context.Context, k *asker, y yardstick) honesty {
	h := proxySilent
	read := func(a *answer) ruling {
		v, ok := unreadable(&a.Reply, a.OverTCP)
		switch {
		case !ok:
			return v
		case a.AnswerNS && a.Rcode == wire.RcodeSuccess:
			h = proxyHonest
		default:
			h = proxyLiar
		}
		return ruling{act: settle}
	}
	if _, _, err := k.ask(ctx, y.servers, wire.Query{Name: []byte(y.origin), Type: wire.TypeNS}, read); err != nil {
		return proxySilent
	}
	return h
}

// alone makes an exchange of a transport that nobody else uses.
func alone(t wire.Transport) func(context.Context, wire.Query) (answer, error) {
	var mu sync.Mutex
	var token uint64
	return func(ctx context.Context, q wire.Query) (answer, error) {
		mu.Lock()
		defer mu.Unlock()
		token++
		q.Token = token
		if n, err := t.Submit([]wire.Query{q}); err != nil || n == 0 {
			return answer{wire.Reply{Outcome: wire.Unreachable, Err: err}}, nil
		}
		var got [1]wire.Reply
		for ctx.Err() == nil {
			n, err := t.Poll(got[:], 10*time.Millisecond)
			if err != nil {
				return answer{}, err
			}
			if n == 1 && got[0].Token == token {
				return answer{keep(&got[0])}, nil
			}
		}
		return answer{}, ctx.Err()
	}
}

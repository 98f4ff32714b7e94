package ask

import (
	"context"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vacant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon is the deadline of exchanges that are to run into it.
const soon = 300 * time.Millisecond

func newAsker(tb testing.TB, cfg Config) *Asker {
	tb.Helper()
	a, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.Idle)
	return a
}

func mustURL(tb testing.TB, text string) *url.URL {
	tb.Helper()
	u, err := url.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func within(tb testing.TB, d time.Duration) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), d)
	tb.Cleanup(cancel)
	return ctx
}

// nowhere resolves nothing.
func nowhere() *vacant.Lookup {
	return vacant.NewLookup(func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no resolver") })
}

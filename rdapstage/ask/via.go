package ask

import (
	"net/http"
	"net/url"
)

// Via returns the proxy through which u would be asked, nil for none: the one of
// [Config.Proxy], else the environment's. An error is the environment's: what it
// names is no proxy.
func (a *Asker) Via(u *url.URL) (*url.URL, error) { return a.proxyFor(&http.Request{URL: u}) }

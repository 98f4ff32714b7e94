package lab

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// bootstrapFile is the registry file of RFC 9224: a service is a list of TLDs
// and a list of their base URLs.
type bootstrapFile struct {
	Version     string        `json:"version"`
	Publication string        `json:"publication"`
	Description string        `json:"description"`
	Services    [][2][]string `json:"services"`
}

// bootstrap serves the file, and counts how often it was fetched.
type bootstrap struct {
	body    []byte
	etag    string
	fetched atomic.Uint64
}

// newBootstrap lists the bases by TLD, in the order given.
func newBootstrap(tlds []string, base map[string]string) (*bootstrap, error) {
	f := bootstrapFile{Version: "1.0", Publication: "2026-01-01T00:00:00Z", Description: "RDAP bootstrap file of a simulated internet", Services: [][2][]string{}}
	for _, tld := range tlds {
		f.Services = append(f.Services, [2][]string{{tld}, {base[tld]}})
	}
	body, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("write the bootstrap file: %w", err)
	}
	sum := sha256.Sum256(body)
	return &bootstrap{body: body, etag: `"` + hex.EncodeToString(sum[:8]) + `"`}, nil
}

// ServeHTTP serves the file whatever the path, with an ETag.
func (b *bootstrap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.fetched.Add(1)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", b.etag)
	w.Header().Set("Cache-Control", "max-age=86400")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.body))
}

package rdapstage

import "vacant"

// RDAPReply is one HTTP reply to an RDAP domain query.
type RDAPReply struct {
	URL, FinalURL string // asked, and where redirects ended ("" = the same)
	Status        int
	ContentType   string
	Body          []byte
	RetryAfter    string
	Trusted       bool // URL was named by hand, so it may be plain http
	EmptyOK       bool // this endpoint answers a random label with an empty 404
}

// ClassifyRDAP reads an RDAP reply about name ("" as in ClassifyWHOIS).
func ClassifyRDAP(name vacant.Name, r RDAPReply) Reading { return Reading{} }

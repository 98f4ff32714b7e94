package lab

import (
	"strconv"
	"strings"
	"time"
)

// The objects of RFC 9083, as far as registries fill them in.
type (
	rdapDomain struct {
		Class       string       `json:"objectClassName"`
		Conformance []string     `json:"rdapConformance"`
		Handle      string       `json:"handle"`
		LDHName     string       `json:"ldhName"`
		Status      []string     `json:"status"`
		Events      []rdapEvent  `json:"events"`
		Entities    []rdapEntity `json:"entities"`
		Servers     []rdapServed `json:"nameservers,omitempty"`
		SecureDNS   secureDNS    `json:"secureDNS"`
		Notices     []rdapNotice `json:"notices"`
	}
	rdapEvent struct {
		Action string `json:"eventAction"`
		Date   string `json:"eventDate"`
	}
	rdapEntity struct {
		Class     string         `json:"objectClassName"`
		Handle    string         `json:"handle"`
		Roles     []string       `json:"roles"`
		PublicIDs []rdapPublicID `json:"publicIds"`
		VCard     []any          `json:"vcardArray"`
	}
	rdapPublicID struct {
		Type       string `json:"type"`
		Identifier string `json:"identifier"`
	}
	rdapServed struct {
		Class   string `json:"objectClassName"`
		LDHName string `json:"ldhName"`
	}
	secureDNS struct {
		Signed bool `json:"delegationSigned"`
	}
	rdapNotice struct {
		Title       string   `json:"title"`
		Description []string `json:"description"`
	}
	rdapError struct {
		Conformance []string `json:"rdapConformance"`
		Code        int      `json:"errorCode"`
		Title       string   `json:"title"`
		Description []string `json:"description"`
	}
	// rdapNotedError is an error with notices beside it.
	rdapNotedError struct {
		rdapError
		Notices []rdapNotice `json:"notices"`
	}
)

func conformance() []string { return []string{"rdap_level_0"} }

func domainObject(rec record) rdapDomain {
	d := rdapDomain{
		Class: "domain", Conformance: conformance(), Handle: rec.handle,
		LDHName: strings.ToUpper(rec.name), Status: rec.rdapStatus,
		Events: []rdapEvent{
			{"registration", rec.created.Format(time.RFC3339)},
			{"last changed", rec.changed.Format(time.RFC3339)},
			{"expiration", rec.expires.Format(time.RFC3339)},
		},
		Entities: []rdapEntity{registrarEntity(rec.registrar)},
		Notices:  []rdapNotice{{"Terms of Use", []string{"This record is part of a simulation."}}},
	}
	for _, host := range rec.nameservers {
		d.Servers = append(d.Servers, rdapServed{"nameserver", strings.ToUpper(host)})
	}
	return d
}

func registrarEntity(r registrar) rdapEntity {
	id := strconv.Itoa(r.id)
	none := struct{}{}
	return rdapEntity{
		Class: "entity", Handle: id, Roles: []string{"registrar"},
		PublicIDs: []rdapPublicID{{"IANA Registrar ID", id}},
		VCard: []any{"vcard", []any{
			[]any{"version", none, "text", "4.0"},
			[]any{"fn", none, "text", r.name},
		}},
	}
}

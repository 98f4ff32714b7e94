package store

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strings"
	"time"
)

// How a text stands in a record: a uvarint whose low three bits say how, and
// whose others are a number n. Every text but words, the name and what was said
// before can be meant again by its place in the record.
const (
	textWord  = iota // word n of the list below
	textName         // the name that the record is about
	textAgain        // text n of this record
	textPlain        // n octets
	textNamed        // n octets, then the name
	textLike         // as text n of this record begins: length of that, length of the rest, the rest
	textAddr         // n octets of an IP address (4 or 16) and two of a port: 192.0.2.1:53
	textRun          // a run id in eight octets: 20060102T150405Z-1a2b3c4d
)

// words are texts that many records have. The list only grows, at its end: a
// place in it is what files hold.
var words = []string{"",
	"dns", "rdap", "whois", "das", "rdap+whois", "whois+rdap", "rdap+das", "das+rdap", "whois+das", "das+whois",
	"authority", "resolver", "proxy", "denial", "pattern", "list", "free",
	"available", "registered", "reserved", "premium", "undetermined",
	"taken", "nodata", "nxdomain", "servfail", "refused", "timeout", "error",
	"active", "hold", "expired", "redemption", "pending-delete",
	"dns-timeout", "dns-servfail", "dns-refused", "dns-error", "dns-unproven", "no-registry", "port43-blocked", "rate-limited", "locked-out",
	"control-failed", "control-pending", "template-learning", "source-conflict", "likely-reserved", "idn-table", "bad-reply", "unreachable", "closed-tld",
	"0", "2", "3", "5", "200", "404", "429", "403", "400", "500", "503", "404 without a body",
}

var wordPlace = func() map[string]uint64 {
	places := make(map[string]uint64, len(words))
	for i, w := range words {
		places[w] = uint64(i)
	}
	return places
}()

const (
	maxSaid = 32 // texts of a record that can be meant again
	minLike = 4  // octets that two texts must share for it to pay
)

// packer encodes texts and times of one record.
type packer struct {
	buf  []byte
	name string
	base time.Time // times are written as distances from it
	said []string
}

func (p *packer) uvarint(n uint64) { p.buf = binary.AppendUvarint(p.buf, n) }

func (p *packer) tag(how, n uint64) { p.uvarint(n<<3 | how) }

func (p *packer) text(s string) {
	if place, ok := wordPlace[s]; ok {
		p.tag(textWord, place)
		return
	}
	if s == p.name {
		p.tag(textName, 0)
		return
	}
	best, shared := 0, 0
	for i, before := range p.said {
		if before == s {
			p.tag(textAgain, uint64(i))
			return
		}
		if n := sharedPrefix(before, s); n > shared {
			best, shared = i, n
		}
	}
	if !p.address(s) && !p.runID(s) {
		p.spell(s, best, shared)
	}
	if len(p.said) < maxSaid {
		p.said = append(p.said, s)
	}
}

// spell writes a text out, as far as an earlier one or the name does not say it.
func (p *packer) spell(s string, like, shared int) {
	head, named := strings.CutSuffix(s, p.name)
	switch {
	case shared >= minLike:
		p.tag(textLike, uint64(like))
		p.uvarint(uint64(shared))
		p.uvarint(uint64(len(s) - shared))
		p.buf = append(p.buf, s[shared:]...)
	case named && p.name != "":
		p.tag(textNamed, uint64(len(head)))
		p.buf = append(p.buf, head...)
	default:
		p.tag(textPlain, uint64(len(s)))
		p.buf = append(p.buf, s...)
	}
}

func sharedPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// address writes s if it is an address and port as netip writes them.
func (p *packer) address(s string) bool {
	if s[0] != '[' && (s[0] < '0' || s[0] > '9') {
		return false
	}
	ap, err := netip.ParseAddrPort(s)
	if err != nil || ap.Addr().Zone() != "" || ap.Addr().Is4In6() {
		return false
	}
	var text [64]byte
	if string(ap.AppendTo(text[:0])) != s {
		return false
	}
	raw := ap.Addr().AsSlice()
	p.tag(textAddr, uint64(len(raw)))
	p.buf = binary.BigEndian.AppendUint16(append(p.buf, raw...), ap.Port())
	return true
}

const (
	runStamp = "20060102T150405Z"
	runLen   = len(runStamp) + 1 + 8
)

// runID writes s if it is a run id in its usual form.
func (p *packer) runID(s string) bool {
	if len(s) != runLen || s[len(runStamp)] != '-' {
		return false
	}
	at, err := time.Parse(runStamp, s[:len(runStamp)])
	tail, bad := hex.DecodeString(s[len(runStamp)+1:])
	if err != nil || bad != nil || at.Unix() != int64(uint32(at.Unix())) {
		return false
	}
	raw := append(binary.BigEndian.AppendUint32(nil, uint32(at.Unix())), tail...)
	if runText(raw) != s {
		return false
	}
	p.tag(textRun, 0)
	p.buf = append(p.buf, raw...)
	return true
}

func runText(raw []byte) string {
	at := time.Unix(int64(binary.BigEndian.Uint32(raw)), 0).UTC()
	return at.Format(runStamp) + "-" + hex.EncodeToString(raw[4:])
}

// unpacker decodes what a packer wrote.
type unpacker struct {
	decoder
	name string
	base time.Time
	memo *memo
}

// memo is what one reader of many records keeps between them, so that texts
// which most of them have are made once. The zero value keeps none.
type memo struct {
	said  []string
	texts map[string]string
	key   []byte // scratch
}

// memoTexts bounds a memo; one that is full starts anew.
const memoTexts = 1 << 13

// made returns make(raw), kept from an earlier time if there was one.
func (m *memo) made(how byte, raw []byte, text func([]byte) string) string {
	if m.texts == nil {
		return text(raw)
	}
	m.key = append(append(m.key[:0], how), raw...)
	if s, ok := m.texts[string(m.key)]; ok {
		return s
	}
	if len(m.texts) >= memoTexts {
		clear(m.texts)
	}
	s := text(raw)
	m.texts[string(m.key)] = s
	return s
}

func (u *unpacker) fail() string {
	u.buf, u.bad = nil, true
	return ""
}

func (u *unpacker) text() string {
	tag := u.uvarint()
	n, said := tag>>3, u.memo.said
	switch tag & 7 {
	case textWord:
		if n >= uint64(len(words)) {
			return u.fail()
		}
		return words[n]
	case textName:
		return u.name
	case textAgain:
		if n >= uint64(len(said)) {
			return u.fail()
		}
		return said[n]
	}
	s := u.spelled(tag&7, n)
	if len(said) < maxSaid {
		u.memo.said = append(said, s)
	}
	return s
}

func (u *unpacker) spelled(how, n uint64) string {
	switch how {
	case textPlain:
		return u.memo.made(textPlain, u.bytes(n), func(raw []byte) string { return string(raw) })
	case textNamed:
		return string(u.bytes(n)) + u.name
	case textLike:
		shared, rest := u.uvarint(), u.bytes(u.uvarint())
		if n >= uint64(len(u.memo.said)) || shared > uint64(len(u.memo.said[n])) {
			return u.fail()
		}
		return u.memo.said[n][:shared] + string(rest)
	case textAddr:
		raw := u.bytes(n + 2)
		if u.bad || (n != 4 && n != 16) {
			return u.fail()
		}
		return u.memo.made(textAddr, raw, addressText)
	}
	raw := u.bytes(8)
	if u.bad {
		return ""
	}
	return u.memo.made(textRun, raw, runText)
}

func addressText(raw []byte) string {
	n := len(raw) - 2
	ip, _ := netip.AddrFromSlice(raw[:n])
	return netip.AddrPortFrom(ip, binary.BigEndian.Uint16(raw[n:])).String()
}

package reading

import (
	"bytes"
	"encoding/json"
	"strings"

	"vacant"
)

// saidIn returns all texts of an error object that may be about the name: every
// string outside its notices and remarks, since words that withhold a name stand
// in members that RFC 9083 does not know ("detail", "status") and in lists in
// lists; and of notices and remarks what is not terms of use.
func saidIn(body []byte) (found []string) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	for key, value := range members {
		if strings.EqualFold(key, "notices") || strings.EqualFold(key, "remarks") {
			found = append(found, saidInNotices(value)...)
		} else {
			found = append(found, allStrings(value)...)
		}
	}
	return found
}

// saidInNotices returns each notice as one text, or, of terms, the strings that
// are no lawyer's sentence.
func saidInNotices(value json.RawMessage) (found []string) {
	var notices []json.RawMessage
	if json.Unmarshal(value, &notices) != nil {
		return allStrings(value)
	}
	for _, notice := range notices {
		parts := allStrings(notice)
		if text := strings.Join(parts, ". "); !isTerms(text) {
			found = append(found, text)
			continue
		}
		for _, part := range parts {
			if len(part) <= maxStatement && startsSentence(part) && !isLegalese(part) {
				found = append(found, part)
			}
		}
	}
	return found
}

// repeatedMember returns the key that the object has twice, in whatever case: one
// reader would take the first, another the last. "" if there is none.
func repeatedMember(body []byte) string {
	dec := json.NewDecoder(bytes.NewReader(body))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return ""
	}
	seen := map[string]bool{}
	for dec.More() {
		tok, err := dec.Token()
		key, ok := tok.(string)
		var value json.RawMessage
		if err != nil || !ok || dec.Decode(&value) != nil {
			return ""
		}
		folded := strings.ToLower(strings.ToUpper(key)) // as encoding/json does, that of "\u017f" is "s"
		if seen[folded] {
			return key
		}
		seen[folded] = true
	}
	return ""
}

// allStrings returns every string of a JSON text that is no key, at whatever depth.
func allStrings(body []byte) (found []string) {
	var inObject []bool // one for each open bracket; of an object
	key := false        // the next string is a key
	dec := json.NewDecoder(bytes.NewReader(body))
	for {
		tok, err := dec.Token()
		if err != nil {
			return found
		}
		object := len(inObject) > 0 && inObject[len(inObject)-1]
		switch v := tok.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				inObject = append(inObject, v == '{')
			} else {
				inObject = inObject[:len(inObject)-1]
			}
			key = len(inObject) > 0 && inObject[len(inObject)-1]
			continue
		case string:
			if !key {
				found = append(found, v)
			}
		}
		key = object && !key
	}
}

// speaksOf returns the name that an error's title or description is about where
// that is not name but another one under the same suffix, "" if it is not so.
func speaksOf(name vacant.Name, d *rdapDomain) string {
	if name == "" {
		return ""
	}
	other := ""
	for _, host := range anyHost.FindAllString(strings.Join(append([]string{d.Title}, d.Description...), " "), -1) {
		switch said := vacant.Name(strings.ToLower(strings.TrimRight(host, "."))); {
		case said == name:
			return ""
		case said.Parent() == name.Parent() && !strings.Contains(host, "://"):
			other = host
		}
	}
	return other
}

package reading

import (
	"bytes"
	"encoding/json"
	"strings"

	"vacant"
)

// saidAside returns every string of an error object outside its notices and
// remarks, which may be terms of use: words that withhold a name stand in members
// that RFC 9083 does not know ("detail", "status"), and in lists in lists.
func saidAside(body []byte) (found []string) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	for key, value := range members {
		if !strings.EqualFold(key, "notices") && !strings.EqualFold(key, "remarks") {
			found = append(found, allStrings(value)...)
		}
	}
	return found
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

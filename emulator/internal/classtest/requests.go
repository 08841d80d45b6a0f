package classtest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// echoed is a request as the object saw it.
type echoed struct {
	Method  string      `json:"method"`
	URL     string      `json:"url"`
	Headers [][2]string `json:"headers"`
	Body    *string     `json:"body"`
}

// serveFetch is the object's side of fetch.json.
func (s *specimen) serveFetch(w http.ResponseWriter, req *http.Request) {
	what, arg, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	n, _ := strconv.Atoi(arg)
	switch what {
	case "redirect":
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			panic(err)
		}
		answer(w, n, "/echo", "moved")
	case "elsewhere":
		answer(w, http.StatusFound, "https://other.example/echo", "")
	case "a":
		answer(w, http.StatusFound, "../echo?x", "")
	case "loop":
		to := "/echo"
		if n > 1 {
			to = fmt.Sprint("/loop/", n-1)
		}
		answer(w, http.StatusFound, to, "")
	case "bad-location":
		answer(w, http.StatusFound, "http://", "")
	case "fragment":
		answer(w, http.StatusFound, "/echo#theirs", "")
	case "status":
		answer(w, n, "", "")
	case "status-body":
		answer(w, n, "", "body")
	case "set-cookie":
		for _, c := range []string{"a=1; Path=/", "b=2, c", "a=3"} {
			w.Header().Add("Set-Cookie", c)
		}
		answer(w, http.StatusOK, "", "x")
	case "answer-headers":
		maps.Copy(w.Header(), http.Header{"X-One": {"1", "2"}, "Content-Length": {"7"}, "Connection": {"close"}, "Server": {"me"}})
		w.Header().Set("Content-Type", "text/x")
		write(w, "x")
	case "answer-stream":
		write(w, "abc")
	case "answer-null":
	case "answer-json":
		w.Header().Set("Content-Type", "application/json")
		write(w, `{"a":1}`)
	case "throw":
		panic(&durable.Error{Name: "TypeError", Message: "boom"})
	default:
		echo(w, req)
	}
}

// answer writes a response with what JavaScript's new Response adds to a text.
func answer(w http.ResponseWriter, status int, location, body string) {
	if location != "" {
		w.Header().Set("Location", location)
	}
	if body != "" {
		w.Header().Set("Content-Type", text8)
	}
	w.WriteHeader(status)
	if body != "" {
		write(w, body)
	}
}

const text8 = "text/plain;charset=UTF-8"

func echo(w http.ResponseWriter, req *http.Request) {
	e := echoed{Method: req.Method, URL: req.URL.String(), Headers: pairs(req.Header)}
	if req.Body != http.NoBody {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			panic(err)
		}
		body := string(data)
		e.Body = &body
	}
	w.Header().Set("Content-Type", "application/json")
	write(w, toJSON(e))
}

// pairs gives a header as JavaScript lists it.
func pairs(h http.Header) [][2]string {
	out := [][2]string{}
	for name, values := range h {
		if name == "Set-Cookie" {
			for _, v := range values {
				out = append(out, [2]string{"set-cookie", v})
			}
			continue
		}
		out = append(out, [2]string{strings.ToLower(name), strings.Join(values, ", ")})
	}
	slices.SortStableFunc(out, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return out
}

// told is a response as its caller saw it.
type told struct {
	Status     int         `json:"status"`
	StatusText string      `json:"statusText"`
	URL        string      `json:"url"`
	Redirected bool        `json:"redirected"`
	Headers    [][2]string `json:"headers"`
	SetCookie  []string    `json:"setCookie"`
	Body       any         `json:"body"`
}

func tell(req *http.Request, res *http.Response) (any, error) {
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	u := *res.Request.URL // as it was asked for: a fragment is the asker's own
	u.Fragment = ""
	t := told{
		Status: res.StatusCode, StatusText: strings.TrimPrefix(res.Status, strconv.Itoa(res.StatusCode)+" "),
		URL: u.String(), Redirected: res.Request != req, Headers: pairs(res.Header),
		SetCookie: append([]string{}, res.Header.Values("Set-Cookie")...), Body: string(data),
	}
	var body any
	if json.Unmarshal(data, &body) == nil {
		t.Body = body
	}
	return t, nil
}

// sent is a request of fetch.json.
type sent struct {
	method, path, url string
	text              string // a body with the header that JavaScript gives it
	bytes             string // a body without
	streamed          string // a body of unknown length
	header            http.Header
	manual            bool // redirects are left to the caller
}

func (s sent) body() io.Reader {
	switch {
	case s.streamed != "":
		return stream{strings.NewReader(s.streamed)}
	case s.text+s.bytes != "":
		return strings.NewReader(s.text + s.bytes)
	}
	return nil
}

func (s sent) ask(a *asked) (any, error) {
	if s.url == "" {
		s.url = "http://x" + s.path
	}
	req, err := http.NewRequestWithContext(a.ctx, s.method, s.url, s.body())
	if err != nil {
		return nil, err
	}
	if s.text != "" {
		req.Header.Set("Content-Type", text8)
	}
	maps.Copy(req.Header, s.header)
	send := a.stub.Fetch
	if s.manual {
		send = a.stub.RoundTrip
	}
	res, err := send(req)
	if err != nil {
		return nil, err
	}
	return tell(req, res)
}

// url is the question of what becomes of a URL.
func (a *asked) url() (any, error) {
	req, err := http.NewRequestWithContext(a.ctx, http.MethodGet, a.c.Asked, nil)
	if err != nil {
		return nil, err
	}
	res, err := a.ns.GetByName("echo").Fetch(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var e echoed
	err = json.NewDecoder(res.Body).Decode(&e)
	return e.URL, err
}

// stream hides from net/http what kind of reader it has, and so its length.
type stream struct{ io.Reader }

// fetchQuestions are those of fetch.json.
var fetchQuestions = func() map[string]question {
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h[pairs[i]] = append(h[pairs[i]], pairs[i+1])
		}
		return h
	}
	requests := map[string]sent{
		"plain":                 {path: "/echo"},
		"url-object":            {path: "/echo"},
		"request-object":        {method: "PUT", path: "/echo", text: "b", header: header("A", "1")},
		"url-and-request":       {method: "POST", path: "/echo", text: "b"},
		"post-string":           {method: "POST", path: "/echo", text: "hello"},
		"post-empty-string":     {method: "POST", path: "/echo", header: header("Content-Type", text8)},
		"post-no-body":          {method: "POST", path: "/echo"},
		"post-bytes":            {method: "POST", path: "/echo", bytes: "\x01\x02\x03"},
		"post-blob":             {method: "POST", path: "/echo", text: "x", header: header("Content-Type", "text/css")},
		"post-search-params":    {method: "POST", path: "/echo", text: "a=b+c", header: header("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")},
		"post-stream":           {method: "POST", path: "/echo", streamed: "stream"},
		"post-own-content-type": {method: "POST", path: "/echo", text: "x", header: header("Content-Type", "application/json")},
		"delete-with-body":      {method: "DELETE", path: "/echo", text: "x"},
		"headers": {path: "/echo", header: header("B", "2", "A", "1", "B", " 3 ", "X-Empty", "", "Host", "other", "Cookie", "c=d",
			"Connection", "close", "X-Latin", "é")},
		"header-name-invalid":   {path: "/echo", header: header("a b", "1")},
		"header-value-invalid":  {path: "/echo", header: header("A", "1\n2")},
		"content-length-wrong":  {method: "POST", path: "/echo", text: "hello", header: header("Content-Length", "99")},
		"method-lower":          {method: "patch", path: "/echo"},
		"method-unknown":        {method: "FOO", path: "/echo"},
		"method-trace":          {method: "TRACE", path: "/echo"},
		"method-options":        {method: "OPTIONS", path: "/echo"},
		"get-with-body":         {path: "/echo", text: "x"},
		"head-with-body":        {method: "HEAD", path: "/echo", text: "x"},
		"head":                  {method: "HEAD", path: "/echo"},
		"data-url":              {url: "data:text/plain,x"},
		"redirect-put-302":      {method: "PUT", path: "/redirect/302", text: "b"},
		"redirect-put-303":      {method: "PUT", path: "/redirect/303", text: "b"},
		"redirect-head-303":     {method: "HEAD", path: "/redirect/303"},
		"redirect-stream-307":   {method: "POST", path: "/redirect/307", streamed: "s"},
		"redirect-stream-303":   {method: "POST", path: "/redirect/303", streamed: "s"},
		"redirect-manual":       {path: "/redirect/302", manual: true},
		"redirect-no-location":  {path: "/status/302"},
		"redirect-other-host":   {path: "/elsewhere"},
		"redirect-relative":     {path: "/a/relative"},
		"redirect-headers":      {path: "/elsewhere", header: header("Authorization", "secret", "Cookie", "c", "X-Own", "1")},
		"redirect-20":           {path: "/loop/20"},
		"redirect-21":           {path: "/loop/21"},
		"redirect-bad-location": {path: "/bad-location"},
		"redirect-fragment":     {path: "/fragment#own"},
		"status-204-with-body":  {path: "/status-body/204"},
		"set-cookie":            {path: "/set-cookie"},
		"answer-headers":        {path: "/answer-headers"},
		"answer-stream":         {path: "/answer-stream"},
		"answer-no-body":        {path: "/answer-null"},
		"answer-json":           {path: "/answer-json"},
		"answer-url":            {url: "http://user:pw@x/echo?a#f"},
		"throws":                {path: "/throw"},
	}
	for _, status := range []string{"300", "301", "302", "303", "304", "305", "306", "307", "308"} {
		requests["redirect-"+status] = sent{path: "/redirect/" + status}
	}
	for _, status := range []string{"301", "302", "303", "307", "308"} {
		requests["redirect-"+status+"-post"] = sent{method: "POST", path: "/redirect/" + status, text: "b"}
	}
	for _, status := range []string{"101", "200", "201", "204", "205", "304", "400", "404", "418", "500", "599"} {
		requests["status-"+status] = sent{path: "/status/" + status}
	}
	out := map[string]question{}
	for name, s := range requests {
		out[name] = s.ask
	}
	out["bodiless-request-twice"] = func(a *asked) (any, error) {
		req, err := http.NewRequestWithContext(a.ctx, http.MethodGet, "http://x/echo", nil)
		if err != nil {
			return nil, err
		}
		first, err := a.stub.Fetch(req)
		if err != nil {
			return nil, err
		}
		first.Body.Close()
		res, err := a.stub.Fetch(req)
		if err != nil {
			return nil, err
		}
		return tell(req, res)
	}
	return out
}()

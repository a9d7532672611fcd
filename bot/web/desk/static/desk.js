// The desk: lists and cases come drawn from the server; this file moves between them and listens for news.

const body = document.body
const csrf = body.dataset.csrf
const find = (what, inside = document) => inside.querySelector(what)
const all = (what, inside = document) => [...inside.querySelectorAll(what)]
let tab = "free"
let open = 0
let searched = ""

async function fetched(path) {
  const response = await fetch(path, { headers: { Accept: "text/html" } })
  if (response.status === 401) location.assign("/desk/login")
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error ?? body.dataset.gone)
  return response.text()
}

async function post(path, form = new FormData()) {
  const sent = new URLSearchParams(form)
  const response = await fetch(path, { method: "POST", headers: { "X-CSRF": csrf }, body: sent })
  if (response.status === 401) location.assign("/desk/login")
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(answer.error ?? body.dataset.gone)
  return answer
}

function complain(error) {
  const place = find("[data-error]")
  place.textContent = error?.message ?? ""
  place.hidden = !error
}

const trying = (work) => async (...given) => {
  try {
    complain(null)
    await work(...given)
  } catch (error) {
    complain(error)
  }
}

function announce(words) {
  find("[data-news]").textContent = words
}

// What is drawn anew keeps the focus and what was being written.
function kept(place) {
  const active = place.contains(document.activeElement) ? document.activeElement : null
  const written = new Map(all("textarea, input, select", place).filter((one) => one.id).map((one) => [one.id, one]))
  const key = active && (active.id ? `#${active.id}` : active.dataset.open ? `[data-open="${active.dataset.open}"]` : "")
  return () => {
    for (const [id, old] of written) {
      const now = find(`#${CSS.escape(id)}`, place)
      if (now && old.type !== "checkbox") now.value = old.value
      if (now && old.type === "checkbox") now.checked = old.checked
    }
    if (key) find(key, place)?.focus({ preventScroll: true })
  }
}

async function showQueue() {
  const html = await fetched(searched ? `/desk/search?q=${encodeURIComponent(searched)}` : `/desk/queue?tab=${tab}`)
  const place = find("[data-queue]")
  const restore = kept(place)
  place.innerHTML = html
  restore()
  mark()
}

function mark() {
  for (const row of all("[data-queue] [data-open]")) row.toggleAttribute("aria-current", false)
  find(`[data-queue] [data-open="${open}"]`)?.setAttribute("aria-current", "true")
}

async function showCase(number, { focus = false } = {}) {
  const html = await fetched(`/desk/cases/${number}`)
  const place = find("[data-case]")
  const restore = number === open ? kept(place) : () => {}
  open = number
  place.innerHTML = html
  restore()
  const lines = find(".lines", place)
  lines.scrollTop = lines.scrollHeight
  mark()
  if (focus) find("#conversation").focus()
}

const choose = trying(async (name) => {
  tab = name
  searched = ""
  for (const button of all("[data-tab]")) button.setAttribute("aria-pressed", String(button.dataset.tab === tab))
  await showQueue()
})

const submit = trying(async (form) => {
  const answer = await post(form.dataset.form, new FormData(form))
  const shown = find("[data-shown]", form)
  if (shown && answer.value) {
    shown.textContent = answer.value
    setTimeout(() => (shown.textContent = ""), 60_000)
    return
  }
  for (const one of all("textarea, input[name]", form)) one.value = one.type === "checkbox" ? one.value : ""
  await showCase(open)
  if (answer.message) setTimeout(() => showCase(open).catch(complain), 5_400)
})

const press = trying(async (button) => {
  const answer = await post(button.dataset.post)
  if ("show" in button.dataset && answer.value) {
    button.textContent = answer.value
    return
  }
  if ("take" in button.dataset) await choose("mine")
  else await showQueue()
  if (open) await showCase(open)
  if ("take" in button.dataset) find("#reply")?.focus()
})

const undo = trying(async (button) => {
  const form = new FormData()
  form.set("message", button.dataset.undo)
  const answer = await post(`/desk/cases/${open}/undo`, form)
  await showCase(open)
  const box = find("#reply")
  box.value = answer.text
  box.focus()
})

document.addEventListener("click", (event) => {
  const button = event.target.closest("button")
  if (!button) return
  if (button.dataset.tab) choose(button.dataset.tab)
  else if (button.dataset.open) trying(showCase)(Number(button.dataset.open), { focus: true })
  else if (button.dataset.post) press(button)
  else if (button.dataset.undo) undo(button)
})

document.addEventListener("submit", (event) => {
  const form = event.target
  if (form.dataset.form) {
    event.preventDefault()
    submit(form)
  } else if ("search" in form.dataset) {
    event.preventDefault()
    searched = find("#q").value.trim()
    trying(showQueue)()
  }
})

document.addEventListener("change", (event) => {
  if (!("canned" in event.target.dataset) || !event.target.value) return
  const box = find("#reply")
  box.value = event.target.value
  box.focus()
})

// Keys.

function step(by) {
  const rows = all("[data-queue] .row")
  const at = rows.indexOf(document.activeElement)
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus()
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  r: () => find("#reply")?.focus(),
  n: () => find("#note")?.focus(),
  t: () => find("[data-take]")?.click(),
  "/": () => find("#q").focus(),
  "?": () => find("[data-keys]").showModal(),
}

document.addEventListener("keydown", (event) => {
  const writing = event.target.matches("input, textarea, select")
  if (writing && event.key === "Enter" && event.ctrlKey) event.target.form?.requestSubmit()
  if (writing && event.key === "Escape") event.target.blur()
  if (writing || event.ctrlKey || event.metaKey || event.altKey || find("[data-keys]").open) return
  const act = keys[event.key]
  if (!act) return
  event.preventDefault()
  act()
})

// News: what happened while a page was away is told when it is back.

let due = null
const stale = { queue: false, case: false, words: "" }

function later() {
  due ??= setTimeout(async () => {
    due = null
    const { queue, case: conversation, words } = stale
    stale.queue = stale.case = false
    stale.words = ""
    if (queue && !searched) await showQueue().catch(complain)
    // Told when it is there to be opened: whoever hears of it may press j at once.
    if (words) announce(words)
    if (conversation && open) await showCase(open).catch(complain)
  }, 150)
}

function listen() {
  const events = new EventSource(`/desk/events?after=${body.dataset.after}`)
  events.addEventListener("message", (event) => {
    const news = JSON.parse(event.data)
    if (news.kind === "looks") return
    if (news.kind === "new") stale.words = `${body.dataset.new} #${news.case}`
    if (news.kind === "heard" && news.case !== open) stale.words = `${body.dataset.heard} #${news.case}`
    stale.queue = true
    stale.case ||= news.case === open && !news.mine
    later()
  })
  let lost = false
  events.addEventListener("error", () => {
    lost = true
  })
  events.addEventListener("open", () => {
    if (lost) announce(body.dataset.back)
    lost = false
  })
}

trying(showQueue)()
listen()

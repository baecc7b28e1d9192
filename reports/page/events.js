/*
 * What a live page is told by its server. Part of page.js and of windows.js.
 */

/** Call `told` with what the server says at `address`, each time that it changes, and with null when it does not answer. */
function hearEvents(address, told) {
  let source = null;
  const open = () => {
    source?.close();
    if (document.hidden) return; // browsers allow few connections to one server, and a page that nobody sees needs none
    source = new EventSource(address);
    source.onmessage = (event) => told(JSON.parse(event.data));
    source.onerror = () => told(null); // it asks again by itself
  };
  document.addEventListener("visibilitychange", open);
  open();
}

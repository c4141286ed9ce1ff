document.querySelectorAll("pre.command").forEach(function (pre) {
  var text = pre.textContent;
  var button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy the command " + text);
  button.addEventListener("click", function () {
    function select() {
      var range = document.createRange();
      range.selectNodeContents(pre);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      button.textContent = "Selected";
    }
    if (!navigator.clipboard) { select(); return; }
    navigator.clipboard.writeText(text).then(function () { button.textContent = "Copied"; }, select);
  });
  pre.parentNode.insertBefore(button, pre);
});

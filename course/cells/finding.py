#@title What came out, as a sentence {display-mode: "form"}
def finding(sentence):
    """Show what an experiment found: one plain sentence, made from the measured values by a rule."""
    display(Markdown(f"> **Finding.** {sentence}"))

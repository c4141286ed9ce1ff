package setup

func programs() []Stack { return nil }

func stores() []Stack { return nil }
